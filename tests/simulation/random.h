#ifndef SIMULATION_RANDOM_H
#define SIMULATION_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* Random numbers that are the same everywhere for the same seed. */
struct random {
	uint64_t state;
};

/* random.c */
struct random random_seed(uint64_t seed);
/* Both ends included; low <= high. */
int64_t random_between(struct random *random, int64_t low, int64_t high);
/* True in that many cases of a thousand; 0 takes no number. */
bool random_chance(struct random *random, unsigned permille);

#endif
