# Everything that is done in this tree, from setting it up to the checks that CI runs: `make help`.
# Needs GNU make 3.81 or later and Python 3.11, 3.12 or 3.13; fetches the rest itself, at the versions pinned in
# requirements/. A target that needs something set up sets it up; stamp files make that quick when nothing changed.
#
#   make test ARGS="-k ocra"     hands ARGS on to the program that the target runs
#   make setup PYTHON=python3.12 chooses the interpreter of a new .venv

VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check --quiet install
LOCK    = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --no-annotate --custom-compile-command "make lock"

DEVICE_LIBS := build/device-libs
TYPINGS     := build/typings
# Each worker begins with a part of its own, and so makes what its tests share once; who has none left takes of another's.
PARALLEL    := --numprocesses auto --dist worksteal
TESTS       := $(PY) -m pytest $(PARALLEL) $(ARGS)
# What pytest puts on the path (pyproject.toml), for programs of the tests that run without it.
TEST_PATH   := tests:firmware:firmware/adapters:boards:host_tools/cpython_port:$(DEVICE_LIBS)

# The value of variable $(1) as one word of the shell, whatever is in it: the name of a drive's folder, say.
quoted      = '$(subst ','\'',$(value $(1)))'
BOARD_WORD  = $(if $(value BOARD),$(call quoted,BOARD))

export PYTHON
# A variable of the command line is exported, and expanded for that, unless make is told otherwise.
unexport BOARD BOARD_UID DRIVE PORT

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run firmware size reproducible micropython emulator flash flash-check deploy hil test check format coverage bench fuzz soak sweep sweep-attacks mutants screenshots wiring fonts interop lock clean distclean force

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.package $(DEVICE_LIBS)/.stamp ## make .venv with the command picodsc in it

setup-dev: setup $(VENV)/.dev $(TYPINGS)/.stamp ## the same, with everything that tests and checks need

run: setup ## show a token at work: PIN, challenge, response, verdict
	$(VENV)/bin/picodsc demo $(ARGS)

firmware: setup ## build the image from source: dist/picodsc-pico-<version>.uf2 (BOARD=pico2: compiles, untested)
	$(PY) -m host_tools.image build $(BOARD_WORD)

size: setup ## flash and RAM that the image takes; fails beyond boards/pico/budget.toml
	$(PY) -m host_tools.image size $(BOARD_WORD)

reproducible: setup ## build the image again in a clean clone, and compare every byte (ARGS="--clones 2": in two)
	$(PY) -m host_tools.image reproducible $(BOARD_WORD) $(ARGS)

micropython: setup ## build MicroPython's Unix port from the image's sources, for the engine of that name
	$(PY) -m host_tools.image micropython

emulator: setup-dev ## compile the emulated Pico for this interpreter: many times as fast
	$(PY) -m host_tools.emulator.fast.build

flash: setup ## write the image to a Pico in BOOTSEL mode (DRIVE=its folder; ERASE=yes: destroys a token, asking before)
	$(PY) -m host_tools.device flash $(if $(value DRIVE),--drive $(call quoted,DRIVE)) $(if $(filter yes,$(value ERASE)),--erase) $(ARGS)

flash-check: setup ## read the whole flash of a Pico in BOOTSEL mode back, by picotool, and compare
	$(PY) -m host_tools.device flash-check $(ARGS)

deploy: setup ## sources onto a stock MicroPython, for development, never sealed (PORT=, AUTOSTART=yes)
	$(PY) -m host_tools.device deploy $(if $(value PORT),--port $(call quoted,PORT)) $(if $(filter yes,$(value AUTOSTART)),--autostart) $(ARGS)

hil: setup-dev ## check the hardware of a blank token (PORT= BOARD_UID=, ASK=yes: keys and display, SEAL=yes: seals a test token)
	$(PY) -m pytest tests/hil --capture=no --verbose $(if $(value PORT),--port $(call quoted,PORT) --uid $(call quoted,BOARD_UID)) \
	    $(if $(filter yes,$(value ASK)),--ask) $(if $(filter yes,$(value SEAL)),--seal) $(ARGS)

test: setup-dev ## run all tests; those that need `make firmware micropython emulator` are skipped without
	$(TESTS)

check: setup-dev ## lint, types, import directions, generated files: what CI runs before the tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy --config-file mypy.ini
	$(PY) -m mypy --config-file mypy-firmware.ini
	PYTHONPATH=boards:firmware/adapters $(VENV)/bin/lint-imports
	$(PY) -m pytest --quiet tests/test_house.py -k import
	$(PY) -m host_tools.fonts.generate --check
	$(PY) -m host_tools.wiring --check

format: setup-dev ## put the code into its one format, and mend what can be mended by machine
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

coverage: setup-dev ## branch coverage of firmware/, child processes included; fails under 95 %
	$(PY) -m coverage erase
	# What runs on MicroPython or the emulated Pico is measured nowhere, and is tested by `make test`, as are the thousands of cases.
	$(PY) -m coverage run -m pytest $(PARALLEL) -k "not rp2040 and not [micropython" -m "not exhaustive" tests/firmware tests/boards/simulated tests/screens $(ARGS)
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage html --quiet --fail-under=0
	$(PY) -m coverage report

bench: setup-dev ## measure: OCRA, key derivation, frames; the image in emulated time; the station; logins, and whether their bounds are kept; emulators (ARGS="pico": one table)
	PYTHONPATH=$(TEST_PATH) $(PY) tests/bench/bench.py $(ARGS)

fuzz: setup-dev ## OCRA beside another implementation; challenges of 100,000 devices; histories of logins; a million vault images; the login API
	$(PY) tests/fuzz/ocra_against_oath.py --count 20000 $(ARGS)
	PYTHONPATH=$(TEST_PATH) $(PY) tests/fuzz/challenge_sequences.py --count 100000 $(ARGS)
	PYTHONPATH=$(TEST_PATH):. $(PY) tests/fuzz/login_histories.py --count 3000 $(ARGS)
	$(PY) tests/fuzz/vault_images.py --count 1000000 $(ARGS)
	PYTHONPATH=$(TEST_PATH) $(PY) tests/fuzz/login_api.py --count 300 $(ARGS)

soak: setup-dev ## 100,000 logins at picodsc serve, memory flat; then it ends under load (ARGS="--address …": at another service)
	PYTHONPATH=$(TEST_PATH):tests/bench $(PY) -m soak.soak $(ARGS)

sweep: setup-dev ## cut the emulated Pico's power at 1,000 random moments, and boot the image (ARGS="--seed … --case …": again)
	PYTHONPATH=$(TEST_PATH) $(PY) tests/sweep/random_cuts.py $(ARGS)
	$(if $(value ARGS),,$(MAKE) sweep-attacks)

sweep-attacks: setup-dev ## attack a sealed token on the emulated Pico: faults, skipped instructions, timing (a part of make sweep)
	PYTHONPATH=$(TEST_PATH) $(PY) tests/sweep/attacks.py $(ARGS)

mutants: setup-dev build/mutants/venv/.stamp ## change the vault in a thousand small ways, and see that its tests notice (takes an hour)
	$(PY) tests/mutants/mutants.py --cosmic-ray build/mutants/venv/bin/cosmic-ray $(ARGS)

screenshots: setup-dev ## draw the pictures of the token's screens in docs/images
	PYTHONPATH=$(TEST_PATH) $(PY) tests/screenshots.py $(ARGS)

wiring: setup ## draw the wiring's pictures and table from boards/pico/pins.py
	$(PY) -m host_tools.wiring

fonts: setup ## generate the firmware's fonts from their drawings
	$(PY) -m host_tools.fonts.generate

interop: setup-dev build/privacyidea/venv/.stamp ## fetch the servers that tests/interop talks to; those tests are skipped without
	@echo "privacyIDEA is in build/privacyidea/venv"

lock: setup-dev ## pin again what pyproject.toml and requirements/*.in ask for (ARGS=--upgrade: newest)
	$(LOCK) $(ARGS) pyproject.toml requirements/build.in --output-file requirements/run.txt
	$(LOCK) $(ARGS) pyproject.toml requirements/build.in --extra dev --extra hsm --extra interop \
	    --constraint requirements/run.txt --output-file requirements/dev.txt
	$(LOCK) $(ARGS) --no-deps requirements/device.in --output-file requirements/device.txt
	$(LOCK) $(ARGS) --no-deps requirements/typings.in --output-file requirements/typings.txt
	$(LOCK) $(ARGS) requirements/mutants.in --output-file requirements/mutants.txt
	$(LOCK) $(ARGS) requirements/privacyidea.in --output-file requirements/privacyidea.txt

clean: ## remove what was built and cached, but not .venv
	rm -rf build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## remove .venv too
	rm -rf $(VENV)

# A .venv of another folder (copied or moved), or one whose interpreter is gone, is no .venv of this tree.
ifneq ($(shell test "`cat $(VENV)/.made 2>/dev/null`" = "$(CURDIR)" && $(PY) -c "print('works')" 2>/dev/null),works)
$(VENV)/.made: force
endif
$(VENV)/.made: scripts/make-venv
	@scripts/make-venv $(VENV)
	@echo "$(CURDIR)" > $@

$(VENV)/.run: requirements/run.txt $(VENV)/.made
	@echo "Installing the pinned libraries into $(VENV) …"
	@$(PIP) --require-hashes --requirement requirements/run.txt
	@touch $@

$(VENV)/.package: pyproject.toml firmware/dsc/version.py $(VENV)/.run
	@echo "Installing picodsc itself …"
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing the pinned tools for tests and checks …"
	@$(PIP) --require-hashes --requirement requirements/dev.txt
	@touch $@

$(DEVICE_LIBS)/.stamp: requirements/device.txt $(VENV)/.made
	@echo "Fetching the token's drivers into $(DEVICE_LIBS) …"
	@rm -rf $(DEVICE_LIBS)
	@$(PIP) --require-hashes --no-deps --target $(DEVICE_LIBS) --requirement requirements/device.txt
	@touch $@

$(TYPINGS)/.stamp: requirements/typings.txt $(VENV)/.made
	@echo "Fetching MicroPython's type stubs into $(TYPINGS) …"
	@rm -rf $(TYPINGS)
	@$(PIP) --require-hashes --no-deps --target $(TYPINGS) --requirement requirements/typings.txt
	@touch $@

# It brings libraries that nothing else needs, so it lives in an environment of its own.
build/mutants/venv/.stamp: requirements/mutants.txt $(VENV)/.made
	@echo "Fetching the mutation tester into build/mutants/venv …"
	@$(PY) -m venv --clear build/mutants/venv
	@build/mutants/venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement requirements/mutants.txt
	@touch $@

# It pins its libraries itself, and brings many.
build/privacyidea/venv/.stamp: requirements/privacyidea.txt $(VENV)/.made
	@echo "Fetching privacyIDEA into build/privacyidea/venv …"
	@$(PY) -m venv --clear build/privacyidea/venv
	@build/privacyidea/venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement requirements/privacyidea.txt
	@touch $@
