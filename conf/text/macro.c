/*
 * Macros: names and their values, among them the built-in ones.
 *
 * A value is a list of lines, each with the place where it was written.  It is kept as it was
 * written: macros in it are looked up when it is used (expand.c).  A built-in has braces always,
 * and a name that begins with '_':
 *
 *	${_PWD}			folder of the file that is being read
 *	${_INSTANCE}		the configuration's name (-i)
 *	${_RANDOM [MIN [MAX]]}	a number from MIN (0) to MAX (32767)
 *	${_ENV NAME}		a variable of the environment; empty where there is none
 *	${_HASH} ${_BANG}	'#' and '!' that begin no comment
 */
#include "conf/text/macro.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/base/arena.h"
#include "core/base/hash.h"
#include "core/base/mono.h"

#define RANDOM_MAX 32767

struct macro_table {
	struct arena *arena;
	struct intern *names;
	struct vector macros; /* struct macro */
	struct hash hash;
	const char *config_id;
	uint64_t random;
	const char *file; /* whose folder was asked for last */
	const char *folder;
};

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

uint32_t macro_name_length(const char *text, uint32_t length)
{
	uint32_t n = 0;

	while (n < length && (is_letter(text[n]) || (n > 0 && is_digit(text[n]))))
		n++;
	return n;
}

bool macro_reference(const char *text, uint32_t length, struct macro_reference *reference)
{
	*reference = (struct macro_reference){.braces = length > 1 && text[1] == '{'};
	uint32_t start = reference->braces ? 2 : 1;
	if (length <= start)
		return false;
	reference->name = text + start;
	reference->length = macro_name_length(reference->name, length - start);
	reference->size = start + reference->length;
	if (!reference->braces || reference->length == 0)
		return reference->length > 0;
	reference->arguments = text + reference->size;
	const char *close = memchr(reference->arguments, '}', length - reference->size);
	if (!close)
		return false;
	reference->arguments_length = (uint32_t)(close - reference->arguments);
	reference->size += reference->arguments_length + 1;
	return reference->arguments_length == 0 || *reference->name == '_';
}

static const char *host_name(struct arena *arena)
{
	struct utsname names;

	if (uname(&names) < 0)
		return "";
	return arena_strndup(arena, names.nodename, strcspn(names.nodename, "."));
}

struct macro_table *macro_table_create(struct arena *arena, const char *config_id)
{
	struct macro_table *table = arena_alloc(arena, sizeof(*table));

	table->arena = arena;
	table->names = intern_create(arena);
	table->config_id = config_id && *config_id ? config_id : host_name(arena);
	table->random = (uint64_t)wall_read().us | 1; /* never 0, or it would stay so */
	return table;
}

void macro_table_destroy(struct macro_table *table)
{
	intern_destroy(table->names);
	vector_free(&table->macros);
	hash_free(&table->hash);
}

const char *macro_config_id(const struct macro_table *table)
{
	return table->config_id;
}

/* Definitions */

struct wanted_macro {
	const struct macro *macros;
	const char *name;
	uint32_t length;
};

static bool has_name(const void *context, uint32_t item)
{
	const struct wanted_macro *wanted = context;
	const char *name = wanted->macros[item].name;

	return strncmp(name, wanted->name, wanted->length) == 0 && name[wanted->length] == '\0';
}

static uint64_t name_hash(const char *name, uint32_t length)
{
	return hash_bytes(HASH_SEED, name, length);
}

static struct macro *find(const struct macro_table *table, const char *name, uint32_t length)
{
	struct wanted_macro wanted = {table->macros.items, name, length};
	uint32_t item = hash_find(&table->hash, name_hash(name, length), has_name, &wanted);

	return item == HASH_NONE ? NULL : (struct macro *)table->macros.items + item;
}

const char *macro_name(struct macro_table *table, const char *name, uint32_t length)
{
	return intern_text(table->names, name, length);
}

struct macro macro_set(struct macro_table *table, const struct macro *macro)
{
	uint32_t length = (uint32_t)strlen(macro->name);
	struct macro *known = find(table, macro->name, length);
	struct macro before = {.name = macro->name};

	if (known) {
		before = *known;
		*known = *macro;
	} else {
		hash_add(&table->hash, name_hash(macro->name, length),
			 (uint32_t)table->macros.count);
		vector_add(&table->macros, sizeof(*macro), macro);
	}
	return before;
}

const struct macro *macro_find(const struct macro_table *table, const char *name, uint32_t length)
{
	const struct macro *macro = find(table, name, length);

	return macro && macro->defined ? macro : NULL;
}

/* Built-ins */

/* One use of a built-in. */
struct builtin_use {
	struct macro_table *table;
	const char *arguments; /* without blanks around them */
	const char *file;
	const char *reason; /* set where the arguments are wrong */
	const char *value;
};

static void folder(struct builtin_use *use)
{
	struct macro_table *table = use->table;
	const char *slash = strrchr(use->file, '/');
	char path[PATH_MAX];

	if (use->file == table->file) {
		use->value = table->folder;
		return;
	}
	if (!slash)
		table->folder = ".";
	else if (slash == use->file)
		table->folder = "/";
	else
		table->folder = arena_strndup(table->arena, use->file, (size_t)(slash - use->file));
	if (realpath(table->folder, path))
		table->folder = arena_strdup(table->arena, path);
	table->file = use->file;
	use->value = table->folder;
}

/* "MIN", "MIN MAX" or nothing. */
static bool random_range(const char *text, uint64_t *low, uint64_t *high)
{
	uint64_t *const numbers[] = {low, high};

	for (unsigned n = 0; *text; n++) {
		char *end;

		errno = 0;
		if (n == 2 || !is_digit(*text))
			return false;
		*numbers[n] = strtoull(text, &end, 10);
		if (errno != 0 || *numbers[n] > UINT32_MAX)
			return false;
		text = end + strspn(end, " \t");
	}
	return *low <= *high;
}

static void random_number(struct builtin_use *use)
{
	uint64_t low = 0, high = RANDOM_MAX;
	uint64_t *state = &use->table->random;

	if (!random_range(use->arguments, &low, &high)) {
		use->reason = "expected ${_RANDOM [MIN [MAX]]}, MIN not above MAX";
		use->value = "";
		return;
	}
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	use->value = arena_printf(use->table->arena, "%" PRIu64, low + *state % (high - low + 1));
}

static void environment(struct builtin_use *use)
{
	if (*use->arguments == '\0')
		use->reason = "expected ${_ENV NAME}";
	const char *value = getenv(use->arguments);
	use->value = value ? arena_strdup(use->table->arena, value) : "";
}

const char *macro_builtin(struct macro_table *table, const struct macro_reference *reference,
			  const char *file, bool quoted, const char **reason)
{
	const struct {
		const char *name;
		const char *value;
		void (*give)(struct builtin_use *use); /* sets use->value; NULL = `value` it is */
		bool arguments;
	} builtins[] = {
		{"_PWD", NULL, folder, false},
		{"_INSTANCE", table->config_id, NULL, false},
		{"_RANDOM", NULL, random_number, true},
		{"_ENV", NULL, environment, true},
		{"_HASH", quoted ? "#" : "\\#", NULL, false},
		{"_BANG", quoted ? "!" : "\\!", NULL, false},
	};
	const char *at = reference->arguments;
	uint32_t length = reference->arguments_length;
	struct builtin_use use = {.table = table, .file = file};
	size_t i;

	*reason = NULL;
	for (i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
		if (strlen(builtins[i].name) == reference->length &&
		    memcmp(builtins[i].name, reference->name, reference->length) == 0)
			break;
	if (!reference->braces || i == sizeof(builtins) / sizeof(*builtins))
		return NULL;
	for (; length > 0 && (*at == ' ' || *at == '\t'); length--)
		at++;
	while (length > 0 && (at[length - 1] == ' ' || at[length - 1] == '\t'))
		length--;
	use.arguments = arena_strndup(table->arena, at, length);
	if (length > 0 && !builtins[i].arguments)
		use.reason = "this built-in has no arguments";
	use.value = builtins[i].value;
	if (builtins[i].give)
		builtins[i].give(&use);
	*reason = use.reason;
	return use.value;
}
