/* Addresses: text and socket forms go both ways, order is total. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/address.h"

#define SEED 20261122U

static struct address random_address(void)
{
	struct address address;
	unsigned i;

	memset(&address, 0, sizeof(address));
	address.family = random() % 2 == 0 ? AF_INET : AF_INET6;
	for (i = 0; i < address_size(address.family); i++)
		address.bytes[i] = random() % 3 == 0 ? 0 : (uint8_t)random();
	return address;
}

static void every_address_reads_back_as_it_was_written(void **state)
{
	struct address address, again;
	struct sockaddr_storage storage;
	uint16_t port;
	int i;

	(void)state;
	print_message("seed %u\n", SEED);
	srandom(SEED);
	for (i = 0; i < 20000; i++) {
		address = random_address();
		assert_true(address_parse(address_text(&address).text, &again));
		assert_memory_equal(&address, &again, sizeof(address));
		address_to_sockaddr(&address, (uint16_t)i, &storage);
		again = address_from_sockaddr((struct sockaddr *)&storage, &port);
		assert_memory_equal(&address, &again, sizeof(address));
		assert_int_equal(port, (uint16_t)i);
	}
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

static void order_is_total_and_by_family_first(void **state)
{
	struct address a, b, c;
	int i;

	(void)state;
	print_message("seed %u\n", SEED);
	srandom(SEED);
	for (i = 0; i < 20000; i++) {
		a = random_address();
		b = random_address();
		c = random_address();
		assert_int_equal(address_compare(&a, &a), 0);
		assert_int_equal(sign(address_compare(&a, &b)), -sign(address_compare(&b, &a)));
		if (address_compare(&a, &b) <= 0 && address_compare(&b, &c) <= 0)
			assert_true(address_compare(&a, &c) <= 0);
		if (a.family == AF_INET && b.family == AF_INET6)
			assert_true(address_compare(&a, &b) < 0);
	}
	assert_true(address_parse("9.255.255.255", &a) && address_parse("10.0.0.0", &b));
	assert_true(address_compare(&a, &b) < 0);
}

static void what_is_no_plain_address_is_refused(void **state)
{
	static const char *const texts[] = {"",		  " 10.0.0.1",	 "10.0.0.1 ",	 "10.0.0",
					    "10.0.0.256", "10.0.0.1/24", "fe80::1%eth0", "::1/64",
					    "1::2::3",	  "localhost",	 "010.0.0.1"};
	struct address address;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(address_parse(texts[i], &address));
		assert_true(address_is_none(&address));
	}
}

static void issue_8_30_endpoints_print_brackets_around_ipv6_only(void **state)
{
	struct address address;

	(void)state;
	assert_true(address_parse("10.0.0.3", &address));
	assert_string_equal(endpoint_text(&address, 80).text, "10.0.0.3:80");
	assert_true(address_parse("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", &address));
	assert_string_equal(endpoint_text(&address, 65535).text,
			    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void other_families_are_none(void **state)
{
	struct sockaddr sa = {.sa_family = AF_UNIX};
	struct address address = address_from_sockaddr(&sa, NULL);

	(void)state;
	assert_true(address_is_none(&address));
	assert_string_equal(address_text(&address).text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_address_reads_back_as_it_was_written),
		cmocka_unit_test(order_is_total_and_by_family_first),
		cmocka_unit_test(what_is_no_plain_address_is_refused),
		cmocka_unit_test(issue_8_30_endpoints_print_brackets_around_ipv6_only),
		cmocka_unit_test(other_families_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
