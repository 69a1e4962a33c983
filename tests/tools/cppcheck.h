/* What cppcheck has to know of macros, since it reads no system headers: of sys/queue.h. */
#define LIST_FOREACH(var, head, field) \
	for ((var) = (head)->lh_first; (var); (var) = (var)->field.le_next)

/* And of json-c. */
#define json_object_object_foreach(object, key, value) \
	const char *key = "";                          \
	struct json_object *value = (object);          \
	while (key != value)
