/* What cppcheck has to know of sys/queue.h, since it reads no system headers. */
#define LIST_FOREACH(var, head, field) \
	for ((var) = (head)->lh_first; (var); (var) = (var)->field.le_next)
