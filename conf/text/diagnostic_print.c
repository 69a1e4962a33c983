/*
 * Diagnostics as text: for people, for a log, for programs.
 *
 * People get what a compiler prints: the place, the mistake, the line with the word marked, and
 * the same for each note.  A log gets one line for each diagnostic.  Programs get JSON, described
 * by doc/diagnostics.schema.json.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conf/text/diagnostic.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"

static const char *severity_name(enum diagnostic_severity severity)
{
	static const char *const names[] = {
		[DIAGNOSTIC_WARNING] = "warning",
		[DIAGNOSTIC_ERROR] = "error",
	};

	return names[severity];
}

static void print_excerpt(const struct excerpt *excerpt, uint32_t line, FILE *out)
{
	if (excerpt->line)
		fprintf(out, "%5" PRIu32 " | %s\n      | %s\n", line, excerpt->line,
			excerpt->marks);
}

static void print_head(const struct diagnostic *diagnostic, FILE *out)
{
	if (diagnostic->line == 0)
		fprintf(out, "%s: ", diagnostic->file);
	else
		fprintf(out, "%s:%" PRIu32 ":%" PRIu32 ": ", diagnostic->file, diagnostic->line,
			diagnostic->column);
	fprintf(out, "%s: %s", severity_name(diagnostic->severity), diagnostic->text);
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *out)
{
	const struct diagnostic *diagnostic;

	for (size_t i = 0; (diagnostic = diagnostics_get(diagnostics, i)); i++) {
		print_head(diagnostic, out);
		putc('\n', out);
		print_excerpt(&diagnostic->excerpt, diagnostic->line, out);
		for (const struct diagnostic_note *note = diagnostic->notes; note;
		     note = note->next) {
			fprintf(out, "%s:%" PRIu32 ":%" PRIu32 ": note: %s\n", note->file,
				note->line, note->column, note->text);
			print_excerpt(&note->excerpt, note->line, out);
		}
	}
}

/* Whether it would be a warning with --lenient. */
static bool is_about_the_unknown(const struct diagnostic *diagnostic)
{
	static const char codes[] = " unknown-keyword unknown-option misplaced-keyword "
				    "misplaced-condition foreign-comment unchecked-server ";
	char wanted[64];

	return text_print(wanted, sizeof(wanted), " %s ", diagnostic->code) &&
	       strstr(codes, wanted);
}

void diagnostics_print_summary(const struct diagnostics *diagnostics, const char *path, FILE *out)
{
	size_t errors = diagnostics_count(diagnostics, DIAGNOSTIC_ERROR);
	size_t warnings = diagnostics_count(diagnostics, DIAGNOSTIC_WARNING);
	const struct diagnostic *diagnostic;
	bool all_unknown = true, unchecked = false;

	if (diagnostics_exit(diagnostics, false) != CONF_EXIT_INVALID)
		return;
	for (size_t i = 0; (diagnostic = diagnostics_get(diagnostics, i)); i++) {
		all_unknown &= diagnostic->severity == DIAGNOSTIC_WARNING ||
			       is_about_the_unknown(diagnostic);
		unchecked |= strcmp(diagnostic->code, "unchecked-server") == 0;
	}
	fprintf(out, "%s: not valid: %zu error%s, %zu warning%s%s%s\n", path, errors,
		text_plural(errors), warnings, text_plural(warnings),
		all_unknown ? "; with --lenient, what is not known is left out" : "",
		all_unknown && unchecked ? ", and servers may be unchecked" : "");
}

void diagnostic_print_line(const struct diagnostic *diagnostic, FILE *out)
{
	print_head(diagnostic, out);
	for (const struct diagnostic_note *note = diagnostic->notes; note; note = note->next)
		fprintf(out, "%s%s: %s:%" PRIu32 ":%" PRIu32 "%s",
			note == diagnostic->notes ? " (" : "; ", note->text, note->file, note->line,
			note->column, note->next ? "" : ")");
}

static void write_place(struct json_writer *writer, const char *file, uint32_t line,
			uint32_t column, const struct excerpt *excerpt)
{
	json_string(writer, "file", file);
	json_integer(writer, "line", line);
	json_integer(writer, "column", column);
	json_integer(writer, "end_column", excerpt->end_column ? excerpt->end_column : column);
}

static void write_diagnostic(struct json_writer *writer, const struct diagnostic *diagnostic)
{
	json_begin_object(writer, NULL);
	write_place(writer, diagnostic->file, diagnostic->line, diagnostic->column,
		    &diagnostic->excerpt);
	json_string(writer, "severity", severity_name(diagnostic->severity));
	json_string(writer, "code", diagnostic->code);
	json_string(writer, "message", diagnostic->text);
	json_string(writer, "suggestion", diagnostic->suggestion);
	json_begin_array(writer, "notes");
	for (const struct diagnostic_note *note = diagnostic->notes; note; note = note->next) {
		json_begin_object(writer, NULL);
		write_place(writer, note->file, note->line, note->column, &note->excerpt);
		json_string(writer, "message", note->text);
		json_end_object(writer);
	}
	json_end_array(writer);
	json_end_object(writer);
}

void diagnostics_print_json(const struct diagnostics *diagnostics, const char *path, FILE *out)
{
	struct json_writer writer = {0};
	size_t counts[DIAGNOSTIC_ERROR + 1] = {0};
	const struct diagnostic *diagnostic;

	for (size_t i = 0; (diagnostic = diagnostics_get(diagnostics, i)); i++)
		counts[diagnostic->severity]++;
	json_begin_object(&writer, NULL);
	json_integer(&writer, "version", 1);
	json_string(&writer, "file", path);
	json_boolean(&writer, "valid", counts[DIAGNOSTIC_ERROR] == 0);
	json_integer(&writer, "errors", (int64_t)counts[DIAGNOSTIC_ERROR]);
	json_integer(&writer, "warnings", (int64_t)counts[DIAGNOSTIC_WARNING]);
	json_begin_array(&writer, "diagnostics");
	for (size_t i = 0; (diagnostic = diagnostics_get(diagnostics, i)); i++)
		write_diagnostic(&writer, diagnostic);
	json_end_array(&writer);
	json_end_object(&writer);
	json_end_line(&writer);
	fwrite(writer.text, 1, writer.size, out);
	free(writer.text);
}
