/*
 * The sink for bodies of HTTP responses.  One body belongs to one try in flight; the HTTP probe
 * keeps a few for reuse, because an MD5 context is dear to make.  The copy grows by doubling and is
 * given back after each try, so memory follows what the servers really send; a bound over the
 * whole worker keeps many large answers at once from exhausting the machine.
 */
#include "check/body.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/alloc.h"
#include "core/base/log.h"

#define COPY_SIZE_MIN 4096

struct body {
	size_t *memory;
	EVP_MD_CTX *md5;
	bool wants_digest;
	bool wants_copy;
	enum body_problem problem;
	uint64_t digested;
	uint8_t *copy;
	size_t copied;
	size_t capacity;
};

struct body *body_create(size_t *memory)
{
	struct body *body = alloc(sizeof(*body));

	body->memory = memory;
	body->md5 = EVP_MD_CTX_new();
	if (!body->md5 || EVP_DigestInit_ex(body->md5, EVP_md5(), NULL) != 1)
		fatal("HTTP checks can't be set up: OpenSSL has no MD5");
	return body;
}

static void drop_copy(struct body *body)
{
	free(body->copy);
	*body->memory -= body->capacity;
	body->copy = NULL;
	body->copied = 0;
	body->capacity = 0;
}

void body_destroy(struct body *body)
{
	if (!body)
		return;
	drop_copy(body);
	EVP_MD_CTX_free(body->md5);
	free(body);
}

void body_reset(struct body *body, bool digest, bool copy)
{
	drop_copy(body);
	body->wants_digest = digest;
	body->wants_copy = copy;
	body->problem = BODY_FINE;
	body->digested = 0;
	if (digest && EVP_DigestInit_ex(body->md5, NULL, NULL) != 1)
		body->problem = BODY_NO_MEMORY;
}

static bool make_room(struct body *body, size_t wanted)
{
	size_t capacity = body->capacity ? body->capacity : COPY_SIZE_MIN;

	while (capacity < wanted)
		capacity *= 2;
	if (capacity == body->capacity)
		return true;
	size_t more = capacity - body->capacity;
	if (*body->memory + more > BODY_MEMORY_MAX)
		return false;
	uint8_t *grown = realloc(body->copy, capacity);
	if (!grown)
		return false;
	body->copy = grown;
	body->capacity = capacity;
	*body->memory += more;
	return true;
}

bool body_add(void *data, const uint8_t *bytes, size_t size)
{
	struct body *body = data;

	if (body->wants_digest) {
		if (size > BODY_DIGEST_MAX - body->digested)
			body->problem = BODY_TOO_LARGE;
		else if (EVP_DigestUpdate(body->md5, bytes, size) != 1)
			body->problem = BODY_NO_MEMORY;
		body->digested += size;
	}
	if (body->wants_copy && body->problem == BODY_FINE) {
		size_t room = BODY_KEPT_MAX - body->copied;
		size_t kept = size < room ? size : room;
		if (!make_room(body, body->copied + kept)) {
			body->problem = BODY_NO_MEMORY;
			return false;
		}
		memcpy(body->copy + body->copied, bytes, kept);
		body->copied += kept;
	}
	return body->problem == BODY_FINE &&
	       (body->wants_digest || (body->wants_copy && body->copied < BODY_KEPT_MAX));
}

enum body_problem body_problem(const struct body *body)
{
	return body->problem;
}

const uint8_t *body_copy(const struct body *body, size_t *size)
{
	*size = body->copied;
	return body->copy ? body->copy : (const uint8_t *)"";
}

bool body_digest(struct body *body, char text[BODY_DIGEST_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md5[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (EVP_DigestFinal_ex(body->md5, md5, &size) != 1 || size != 16)
		return false;
	for (unsigned i = 0; i < size; i++) {
		text[2 * i] = digits[md5[i] >> 4];
		text[2 * i + 1] = digits[md5[i] & 15];
	}
	text[2 * size] = '\0';
	return true;
}
