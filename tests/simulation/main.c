/*
 * The simulator's command line: many seeds, one seed with its story, or the proof that bugs are
 * seen.  The last line counts scenarios (with --prove: planted bugs) for whoever runs the tests.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/mono.h"
#include "tests/simulation/simulation.h"

#define COUNT_DEFAULT  10000
#define PROVE_SEEDS    2000 /* within which every planted bug has to be caught */
#define FAILURES_SHOWN 10   /* by each process */
#define JOBS_LIMIT     1024

/* Those that failed once: each is a rare meeting of things, which others may not come to. */
static const uint64_t kept[] = {70397,	80636, 512637, 529720, 745692,	763237, 917736,
				993155, 32897, 94489,  145833, 4028807, 894756};

struct options {
	uint64_t first, last;
	int64_t seconds; /* 0 = no limit */
	unsigned jobs;	 /* processes */
	const struct plant *plant;
	bool trace, prove, kept;
};

static const char usage[] =
	"usage: simulation [--seeds FROM-TO | --count N | --seed N [--trace]] [--seconds S] [--jobs N]\n"
	"                  [--plant BUG] | --prove\n"
	"  --seeds FROM-TO  the scenarios of these seeds\n"
	"  --count N        those that failed once, and the first N (default: 10000)\n"
	"  --seed N         one scenario; --trace tells its story\n"
	"  --seconds S      stop after so many seconds\n"
	"  --jobs N         so many processes; 0 = one for each processor\n"
	"  --plant BUG      with a bug in every engine\n"
	"  --prove          plant every bug; each has to be caught\n";

static void print_plants(FILE *file)
{
	fputs("bugs:\n", file);
	for (size_t i = 0; i < plant_count(); i++)
		fprintf(file, "  %-20s %s\n", plant_at(i)->name, plant_at(i)->what);
}

static void refuse(const char *what, const char *word)
{
	fprintf(stderr, "simulation: %s%s%s\n%s", what, word != NULL ? ": " : "",
		word != NULL ? word : "", usage);
	print_plants(stderr);
	exit(2);
}

static uint64_t read_number(const char *text, char after, const char **rest)
{
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != after)
		refuse("not a number", text);
	*rest = end + 1;
	return number;
}

static struct options read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{"seeds", required_argument, NULL, 'r'},   {"count", required_argument, NULL, 'c'},
		{"seed", required_argument, NULL, 's'},	   {"trace", no_argument, NULL, 't'},
		{"seconds", required_argument, NULL, 'S'}, {"jobs", required_argument, NULL, 'j'},
		{"plant", required_argument, NULL, 'p'},   {"prove", no_argument, NULL, 'P'},
		{"help", no_argument, NULL, 'h'},	   {NULL, 0, NULL, 0},
	};
	struct options options = {.first = 1, .last = COUNT_DEFAULT, .jobs = 1, .kept = true};
	const char *rest;
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'r':
			options.first = read_number(optarg, '-', &rest);
			options.last = read_number(rest, '\0', &rest);
			options.kept = false;
			break;
		case 'c':
			options.last = options.first + read_number(optarg, '\0', &rest) - 1;
			break;
		case 's':
			options.first = options.last = read_number(optarg, '\0', &rest);
			options.kept = false;
			break;
		case 't':
			options.trace = true;
			break;
		case 'S':
			options.seconds = (int64_t)read_number(optarg, '\0', &rest);
			break;
		case 'j':
			options.jobs = (unsigned)read_number(optarg, '\0', &rest) % JOBS_LIMIT;
			if (options.jobs == 0)
				options.jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
			break;
		case 'p':
			options.plant = plant_find(optarg);
			if (options.plant == NULL)
				refuse("no such bug", optarg);
			break;
		case 'P':
			options.prove = true;
			break;
		case 'h':
			fputs(usage, stdout);
			print_plants(stdout);
			exit(0);
		default:
			refuse("options", NULL);
		}
	}
	if (optind < argc)
		refuse("not understood", argv[optind]);
	return options;
}

static bool run_seed(uint64_t seed, const struct options *options, bool show, int64_t *simulated)
{
	char violation[PROPERTY_TEXT_SIZE];
	int64_t took =
		simulation_run(seed, options->plant, options->trace ? stdout : NULL, violation);

	*simulated += took;
	if (violation[0] != '\0' && show)
		printf("seed %" PRIu64 ": at %.6f s: %s (--seed %" PRIu64 " --trace%s%s)\n", seed,
		       (double)took / USEC_PER_SEC, violation, seed,
		       options->plant != NULL ? " --plant " : "",
		       options->plant != NULL ? options->plant->name : "");
	return violation[0] == '\0';
}

/* What one process has done; the others see it. */
struct tally {
	uint64_t passed, failed;
	int64_t simulated;
};

static void run_one(uint64_t seed, const struct options *options, struct tally *tally)
{
	int64_t simulated = 0;

	if (run_seed(seed, options, tally->failed < FAILURES_SHOWN, &simulated))
		tally->passed++;
	else
		tally->failed++;
	tally->simulated += simulated;
	fflush(stdout);
}

/* Every so-manieth seed. */
static void run_share(const struct options *options, struct mono begin, unsigned share,
		      struct tally *tally)
{
	size_t n_kept = options->kept ? sizeof(kept) / sizeof(kept[0]) : 0;

	for (size_t i = share; i < n_kept; i += options->jobs)
		run_one(kept[i], options, tally);
	for (uint64_t seed = options->first + share; seed <= options->last; seed += options->jobs) {
		if (options->seconds > 0 &&
		    mono_diff(mono_read(), begin) > options->seconds * USEC_PER_SEC)
			break;
		run_one(seed, options, tally);
	}
}

static struct tally sum_of(const struct tally *tallies, unsigned n)
{
	struct tally sum = {0};

	for (unsigned i = 0; i < n; i++) {
		sum.passed += tallies[i].passed;
		sum.failed += tallies[i].failed;
		sum.simulated += tallies[i].simulated;
	}
	return sum;
}

/* Waits for the processes, and says every minute how far they are. True if all have ended well. */
static bool await_shares(const struct options *options, const struct tally *tallies)
{
	unsigned running = options->jobs;
	bool well = true;

	for (unsigned tenths = 1; running > 0; tenths++) {
		struct tally sum = sum_of(tallies, options->jobs);
		int status;

		while (running > 0 && waitpid(-1, &status, WNOHANG) > 0) {
			running--;
			well &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
		}
		if (tenths % (60 * 10) == 0)
			fprintf(stderr,
				"%" PRIu64 " of %" PRIu64 " scenarios, %" PRIu64 " failed\n",
				sum.passed + sum.failed, options->last - options->first + 1,
				sum.failed);
		if (running > 0)
			usleep(USEC_PER_SEC / 10);
	}
	return well;
}

static bool run_seeds(const struct options *options)
{
	size_t size = options->jobs * sizeof(struct tally);
	struct tally *tallies =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct mono begin = mono_read();
	bool well = true;
	struct tally sum;

	if (tallies == MAP_FAILED)
		fatal("mmap");
	if (options->jobs == 1)
		run_share(options, begin, 0, tallies);
	for (unsigned share = 0; options->jobs > 1 && share < options->jobs; share++) {
		pid_t pid = fork();

		if (pid < 0)
			fatal("fork");
		if (pid == 0) {
			run_share(options, begin, share, &tallies[share]);
			exit(0);
		}
	}
	if (options->jobs > 1)
		well = await_shares(options, tallies);
	sum = sum_of(tallies, options->jobs);
	munmap(tallies, size);
	if (!well)
		printf("a process died\n");
	printf("%.0f s of elections in %.1f s\n", (double)sum.simulated / USEC_PER_SEC,
	       (double)mono_diff(mono_read(), begin) / USEC_PER_SEC);
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", sum.passed, sum.failed);
	return well && sum.failed == 0;
}

/* Whether the bug is caught, and by which seed first; what fails without it proves nothing. */
static bool prove(const struct plant *plant)
{
	char violation[PROPERTY_TEXT_SIZE], without[PROPERTY_TEXT_SIZE];

	for (uint64_t seed = 1; seed <= PROVE_SEEDS; seed++) {
		simulation_run(seed, plant, NULL, violation);
		if (violation[0] == '\0')
			continue;
		simulation_run(seed, NULL, NULL, without);
		if (without[0] != '\0')
			continue;
		printf("%-20s caught by seed %" PRIu64 ": %s\n", plant->name, seed, violation);
		return true;
	}
	printf("%-20s NOT CAUGHT by %d seeds: %s\n", plant->name, PROVE_SEEDS, plant->what);
	return false;
}

static bool prove_all(void)
{
	unsigned passed = 0;

	for (size_t i = 0; i < plant_count(); i++)
		passed += prove(plant_at(i));
	printf("%u passed, %zu failed\n", passed, plant_count() - passed);
	return passed == plant_count();
}

int main(int argc, char **argv)
{
	struct options options = read_options(argc, argv);

	return (options.prove ? prove_all() : run_seeds(&options)) ? 0 : 1;
}
