# vdirector: `make` builds, `make demo` shows the main job, `make check` runs all tests.
# Sources are found by folder; each folder becomes one archive, so that a unit test links only
# what it tests.

VERSION   := 0.1.0
BUILD     ?= build
PREFIX    ?= /usr/local
DESTDIR   ?=
SBINDIR   ?= $(PREFIX)/sbin
MANDIR    ?= $(PREFIX)/share/man
DOCDIR    ?= $(PREFIX)/share/doc/vdirector
UNITDIR   ?= $(PREFIX)/lib/systemd/system
VIMDIR    ?= $(PREFIX)/share/vim/vimfiles
BASHDIR   ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR    ?= $(PREFIX)/share/zsh/site-functions
FISHDIR   ?= $(PREFIX)/share/fish/vendor_completions.d
USERSDIR  ?= $(PREFIX)/lib/sysusers.d

# What a builder chooses. None of it takes away what the project needs (OWN_*).
ifeq ($(origin CC),default)
CC        := gcc
endif
PKG_CONFIG ?= pkg-config
CFLAGS    ?= -O2 -g
CPPFLAGS  ?=
LDFLAGS   ?=
SANITIZE  ?=
# For -O0 and sanitizers: HARDEN= takes away what works only with optimisation.
HARDEN    ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3

PKGS      := libnl-3.0 libnl-genl-3.0 libnl-route-3.0 libcrypto json-c libpcre2-8 libcap-ng libseccomp
WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
             -Wcast-qual -Wvla -Wformat=2
OWN_CPPFLAGS := -I. -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
             -DVDIRECTOR_VERSION='"$(VERSION)"'
OWN_CFLAGS = -std=gnu11 $(WARNINGS) $(WERROR) -fstack-protector-strong -fstack-clash-protection \
             -ffile-prefix-map='$(CURDIR)=.' $(SANITIZE)
OWN_LDFLAGS := -Wl,-z,relro,-z,now
# A compiler tells this folder by it, also where that is a link to the one that is mapped away.
export PWD := $(CURDIR)
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(PKGS))
PKG_LIBS   = $(shell $(PKG_CONFIG) --libs $(PKGS))
COMPILE    = $(CC) $(OWN_CPPFLAGS) $(PKG_CFLAGS) $(CPPFLAGS) $(OWN_CFLAGS) $(CFLAGS) $(HARDEN)
LINK       = $(CC) $(OWN_CFLAGS) $(CFLAGS) $(OWN_LDFLAGS) $(LDFLAGS)

# The layers: each folder may include from those before it, lint checks that (tests/tools/layers).
FOLDERS   := core/base core/process conf/text conf/table conf/model conf/change \
             vrrp/engine vrrp/wire vrrp/net vrrp check ipvs core/director
MAIN_SRC  := core/director/main.c
LIB_SRC    = $(filter-out $(MAIN_SRC),$(sort $(wildcard $(1)/*.c)))
archive_of = $(BUILD)/lib$(subst /,_,$(1)).a
ARCHIVES  := $(foreach folder,$(FOLDERS),$(call archive_of,$(folder)))

.PHONY: all
all: $(BUILD)/vdirectord $(BUILD)/vdctl

object = $(patsubst %.c,$(BUILD)/%.o,$(1))

define archive
$(call archive_of,$(1)): $(call object,$(call LIB_SRC,$(1)))
	@rm -f $$@
	$$(AR) rcs $$@ $$^
endef
$(foreach folder,$(FOLDERS),$(eval $(call archive,$(folder))))

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP -c $< -o $@

# The archives are searched as a group: a folder of many is no order for a linker.
$(BUILD)/vdirectord: $(call object,$(MAIN_SRC)) $(ARCHIVES)
	$(LINK) -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(PKG_LIBS)

$(BUILD)/vdctl: $(call object,$(wildcard core/vdctl/*.c)) $(ARCHIVES)
	$(LINK) -o $@ $(filter %.o,$^) -Wl,--start-group $(ARCHIVES) -Wl,--end-group \
		$(shell $(PKG_CONFIG) --libs json-c libpcre2-8)

# Unit tests: tests/unit/FOLDER_NAME.c tests what is in that top-level folder.
UNIT_SRC  := $(wildcard tests/unit/*.c)
UNIT_BIN  := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC))

$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(LINK) -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(PKG_LIBS) -lcmocka

.PHONY: unit unit-programs
unit-programs: $(UNIT_BIN)
unit: $(UNIT_BIN)
	@status=0; for test in $(UNIT_BIN); do $$test || status=1; done; exit $$status

# Fuzz targets: tests/fuzz/NAME.c with seeds in NAME.corpus, in a build folder of their own.
# `make fuzz FUZZ_SECONDS=600` runs each of them for so long.
FUZZ_SRC     := $(wildcard tests/fuzz/*.c)
FUZZ_BIN     := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
FUZZ_SECONDS ?= 60
FUZZ_MAKE    := $(MAKE) BUILD=$(BUILD)/fuzzing CC=clang HARDEN= \
                SANITIZE='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all'

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(LINK) -fsanitize=fuzzer -o $@ $< -Wl,--start-group $(ARCHIVES) \
		-Wl,--end-group $(PKG_LIBS)

.PHONY: fuzz-targets fuzz-programs fuzz
fuzz-targets: $(FUZZ_BIN)
fuzz-programs:
	+$(FUZZ_MAKE) fuzz-targets
fuzz: fuzz-programs
	tests/tools/fuzz $(FUZZ_SECONDS) $(FUZZ_BIN:$(BUILD)/%=$(BUILD)/fuzzing/%)

# The unit tests again, with everything instrumented.
.PHONY: sanitize-programs
sanitize-programs:
	+$(MAKE) BUILD=$(BUILD)/sanitize CFLAGS='-O1 -g' HARDEN= unit-programs \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all'

# The simulator of elections: the real engine and codec in a simulated world (see its essay).
$(BUILD)/simulation: $(call object,$(wildcard tests/simulation/*.c)) \
		$(ARCHIVES)
	$(LINK) -o $@ $(filter %.o,$^) -Wl,--start-group $(ARCHIVES) -Wl,--end-group \
		$(PKG_LIBS)

.PHONY: simulation soak
simulation: $(BUILD)/simulation
	$< --prove
	$< --count 10000
soak: $(BUILD)/simulation
	$< --count 1000000 --jobs 0

# Reads configuration files with keepalived and with vdirectord and compares (tests/corpus/run):
# make check-corpus CORPUS=FOLDER
CORPUS ?= tests/corpus/files

$(BUILD)/corpus/harmless.so: tests/corpus/harmless.c
	@mkdir -p $(@D)
	$(COMPILE) -fPIC -shared -o $@ $<

.PHONY: check-corpus corpus-programs
corpus-programs: all $(BUILD)/corpus/harmless.so
check-corpus:
	@tests/tools/packages check
	+@$(MAKE) --no-print-directory -s corpus-programs
	@tests/corpus/run "$(CORPUS)"

# The two commands. Both first see to the packages they need, and say so.
export BUILD
export PATH := $(PATH):/usr/sbin:/sbin
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

.PHONY: demo
demo:
	@tests/tools/packages demo
	+@$(MAKE) --no-print-directory -s all
	@tests/demo/run

.PHONY: check
check:
	@tests/tools/packages check
	+@$(MAKE) --no-print-directory -s all unit-programs sanitize-programs fuzz-programs \
		corpus-programs $(BUILD)/simulation
	@tests/run

# The measured limits, each against a peer in the same run. BENCH="adverts checks" runs only those.
# The bare loops that some of them compare with are C programs of their own.
BENCH     ?=
BENCH_BIN := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o
	@mkdir -p $(@D)
	$(LINK) -o $@ $<

.PHONY: bench bench-programs
bench-programs: $(BENCH_BIN)
bench:
	@tests/tools/packages check
	+@$(MAKE) --no-print-directory -s all bench-programs
	@tests/bench/run $(BENCH)

# The unit tests and the simulation for i386, armhf and s390x, under qemu-user; ARCH=armhf is only
# that one.
ARCH ?=
.PHONY: portability
portability:
	@tests/tools/packages portability
	+@tests/tools/portability $(ARCH)

.PHONY: fmt fmt-check lint
SOURCES    = $(wildcard $(patsubst %,%/*.[ch],$(FOLDERS) core/vdctl) tests/*/*.[ch])
fmt:
	clang-format -i $(SOURCES)
fmt-check:
	clang-format --dry-run -Werror $(SOURCES)

# Both compilers with all warnings as errors, then cppcheck, less what it gets wrong: compound
# literals in ?:, a local that is referred to for the time of a call, promotion of small types.
CPPCHECK_WRONG := internalAstError autoVariables invalidPrintfArgType_uint missingIncludeSystem
lint:
	tests/tools/layers
	+$(MAKE) -s BUILD=$(BUILD)/gcc CC=gcc WERROR=-Werror all unit-programs
	+$(MAKE) -s BUILD=$(BUILD)/clang CC=clang WERROR=-Werror all unit-programs
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 \
		-I. -D_GNU_SOURCE --include=tests/tools/cppcheck.h $(CPPCHECK_WRONG:%=--suppress=%) $(sort $(foreach folder,$(FOLDERS),$(firstword $(subst /, ,$(folder)))))

# What follows from the tables of keywords and options: the manual's reference, the page about
# compatibility, Vim's syntax file, the shells' completion. It is committed; a test compares.
.PHONY: doc
doc: all
	doc/generate $(BUILD)

.PHONY: install uninstall
install: all
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8 \
		$(DESTDIR)$(DOCDIR)/examples $(DESTDIR)$(UNITDIR) $(DESTDIR)$(USERSDIR) \
		$(DESTDIR)$(VIMDIR)/syntax $(DESTDIR)$(VIMDIR)/ftdetect $(DESTDIR)$(BASHDIR) \
		$(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR)
	install -m 755 $(BUILD)/vdirectord $(BUILD)/vdctl $(DESTDIR)$(SBINDIR)
	install -m 644 $(wildcard doc/*.5) $(DESTDIR)$(MANDIR)/man5
	install -m 644 $(wildcard doc/*.8) $(DESTDIR)$(MANDIR)/man8
	install -m 644 $(wildcard doc/examples/*.conf) $(DESTDIR)$(DOCDIR)/examples
	install -m 644 LICENSE README.md $(wildcard doc/*.json doc/*.md) $(DESTDIR)$(DOCDIR)
	install -m 644 doc/vim/syntax/vdirector.vim $(DESTDIR)$(VIMDIR)/syntax
	install -m 644 doc/vim/ftdetect/vdirector.vim $(DESTDIR)$(VIMDIR)/ftdetect
	for program in vdirectord vdctl; do \
		install -m 644 doc/completion/$$program.bash $(DESTDIR)$(BASHDIR)/$$program; \
		install -m 644 doc/completion/_$$program $(DESTDIR)$(ZSHDIR); \
		install -m 644 doc/completion/$$program.fish $(DESTDIR)$(FISHDIR); \
	done
	sed 's|@SBINDIR@|$(SBINDIR)|g' doc/vdirectord.service.in > $(BUILD)/vdirectord.service
	install -m 644 $(BUILD)/vdirectord.service $(DESTDIR)$(UNITDIR)
	install -m 644 doc/vdirector.sysusers $(DESTDIR)$(USERSDIR)/vdirector.conf

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/vdirectord $(DESTDIR)$(SBINDIR)/vdctl \
		$(patsubst doc/%,$(DESTDIR)$(MANDIR)/man5/%,$(wildcard doc/*.5)) \
		$(patsubst doc/%,$(DESTDIR)$(MANDIR)/man8/%,$(wildcard doc/*.8)) \
		$(DESTDIR)$(UNITDIR)/vdirectord.service $(DESTDIR)$(USERSDIR)/vdirector.conf \
		$(DESTDIR)$(VIMDIR)/syntax/vdirector.vim $(DESTDIR)$(VIMDIR)/ftdetect/vdirector.vim \
		$(foreach program,vdirectord vdctl,$(DESTDIR)$(BASHDIR)/$(program) \
			$(DESTDIR)$(ZSHDIR)/_$(program) $(DESTDIR)$(FISHDIR)/$(program).fish)
	rm -rf $(DESTDIR)$(DOCDIR)

.PHONY: clean
clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
