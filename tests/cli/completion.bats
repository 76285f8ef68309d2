#!/usr/bin/env bats
# completion.bats: shells complete commands, options, words and files.
# bats file_tags=quick
load common

# in_bash WORD...: prints what bash completes the last word to, a line each
in_bash() {
	"$GPUFIT" completion bash >completion
	bash -c '
		compopt() { :; } # bash knows it only while it completes a line
		source ./completion
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_gpufit
		printf "%s\n" "${COMPREPLY[@]}"
	' bash gpufit "$@"
}

# in_fish LINE: the same in fish, without its descriptions
in_fish() {
	"$GPUFIT" completion fish >completion
	fish --no-config -c "source ./completion; complete -C '$1'" | cut -f 1
}

@test "bash completes commands, options and files" {
	touch "a b.csv"
	same "$(in_bash pre)" predict
	same "$(in_bash --lo | sort | xargs)" "--log --log-params --loss"
	same "$(in_bash predict --pr)" --proba
	same "$(in_bash a)" "a b.csv"
	same "$(in_bash predict -m a)" "a b.csv"
	same "$(in_bash predict -o a)" "a b.csv"
	same "$(in_bash completion "" | xargs)" "bash zsh fish"
}

@test "bash completes the words of an option, also after =" {
	same "$(in_bash --loss hu)" huber
	same "$(in_bash --loss = hu)" huber
	same "$(in_bash --check = | xargs)" "auto every ends off"
	same "$(in_bash --device g)" gpu
	same "$(in_bash train --schedule mu)" multistep
}

@test "fish completes commands, options, words and files" {
	[ -n "$(command -v fish)" ] || skip "no fish"
	touch "a b.csv"
	same "$(in_fish 'gpufit pre')" predict
	same "$(in_fish 'gpufit --lo' | sort | xargs)" "--log --log-params --loss"
	same "$(in_fish 'gpufit --loss hu')" huber
	same "$(in_fish 'gpufit predict -m a')" "a b.csv"
	same "$(in_fish 'gpufit completion z')" zsh
}

@test "zsh takes the file, alone and as a function that it loads" {
	[ -n "$(command -v zsh)" ] || skip "no zsh"
	"$GPUFIT" completion zsh >_gpufit
	run zsh -f -c 'autoload -U compinit && compinit -u -D && source ./_gpufit && echo ${_comps[gpufit]}'
	same "$output" _gpufit
	run zsh -f -c 'fpath=($PWD $fpath) && autoload -U compinit && compinit -u -D && echo ${_comps[gpufit]}'
	same "$output" _gpufit
}

@test "each option of each command is completed in every shell" {
	for shell in bash zsh fish; do "$GPUFIT" completion $shell >$shell; done
	sed -i 's/not __fish_seen[^'"'"']*/train/' fish # the command of a line that names none
	for command in train predict evaluate devices selftest show; do
		"$GPUFIT" $command --help | sed '/^Words:/q' | grep -oP '^ +(-\w, )?--\K[a-z0-9-]+' >options
		[ "$(wc -l <options)" -ge 3 ]
		awk -v c="	$command) options=" 'index($0, c) == 1' bash >in_bash
		awk -v c="_gpufit_$command() {" '$0 == c, /^}/' zsh >in_zsh
		while read -r option; do
			grep -qe "--$option " in_bash || { echo "bash $command --$option"; return 1; }
			grep -qE -e "--$option(=|\[|\})" in_zsh || { echo "zsh $command --$option"; return 1; }
			grep -qe "$command.* -l $option " fish || { echo "fish $command --$option"; return 1; }
		done <options
	done
}

@test "another shell is refused" {
	refuses "SHELL: wanted bash, zsh or fish, found 'csh'" completion csh
	refuses "no SHELL: give bash, zsh or fish" completion
}
