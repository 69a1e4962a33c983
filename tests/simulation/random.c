/*
 * The one source of chance of a simulation: SplitMix64 (Steele, Lea and Flood, 2014), a counter and
 * a mixing function.  Everything that a scenario does follows from its seed, so a seed is all that
 * is needed to see a failure again, on any machine.
 */
#include "tests/simulation/random.h"

struct random random_seed(uint64_t seed)
{
	return (struct random){seed};
}

static uint64_t next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

int64_t random_between(struct random *random, int64_t low, int64_t high)
{
	return low + (int64_t)(next(random) % (uint64_t)(high - low + 1));
}

bool random_chance(struct random *random, unsigned permille)
{
	return permille > 0 && random_between(random, 0, 999) < (int64_t)permille;
}
