#!/usr/bin/env bats
# columns.bats: columns that are left out, kept, made of words, or lack values, from training to prediction.
# bats file_tags=quick
load common

# Writes rows of people: an id, a name, a word that may be missing, a number that may be missing.
people() {
	csv 'id,name,kind,size,y\n01,ann,u,1,2\n1,bob,NA,2,4\n001,cy,v,,5\n4,di,u,4,8\n5,ed,u,5,9\n' people.csv
}

@test "lists of columns that are given again add up" {
	people
	gpufit -q --json --engine reference --epochs 1 --missing category --exclude id --exclude name --one-hot kind people.csv
	same "$(value '[.features, .target_names] | tostring')" '[4,["y"]]'
	gpufit -q --json --engine reference --epochs 1 --missing category --exclude name --one-hot kind --one-hot id people.csv
	same "$(value .features)" 9
	refuses "--exclude needs DATA: the built-in points have one feature and one target" --exclude 1
}

@test "a name that few rows share is left out, not encoded" {
	people
	fails 65 'people.csv:2: column 2 ("name"): not a number: "ann"; --exclude "name" leaves it out: 5 of its first 5 words are different' --exclude id people.csv
}

@test "predict keeps the text of columns, and prints a line for each row" {
	people
	gpufit -q --engine reference --epochs 1 --missing drop --exclude id,name --one-hot kind -o m.st people.csv
	gpufit predict --engine reference -m m.st --keep id --keep name people.csv
	same "$(cut -d, -f1,2 <<<"$output" | xargs)" "id,name 01,ann 1,bob 001,cy 4,di 5,ed"
	same "${lines[2]}" "1,bob,"
	same "${lines[3]}" "001,cy,"
	same "$stderr" "gpufit: people.csv: no prediction for 2 rows with missing values"
	gpufit predict --engine reference -m m.st --missing mean --unseen zero people.csv
	same "$(wc -l <<<"$output")" 6
}

@test "a word that training has not seen is an error, or 0, in validation and evaluation" {
	csv 'c,y\nred,1\nblue,2\nred,2\n' seen.csv
	csv 'c,y\nred,1\ngreen,3\n' new.csv
	local unknown='new.csv:3: column 1 ("c"): "green" is no word of the model, which knows "blue", "red"; --unseen zero makes it 0 in all its features'
	fails 65 "$unknown" -q --engine reference --epochs 1 --one-hot c --validation new.csv seen.csv
	gpufit -q --json --engine reference --epochs 1 --init zeros --one-hot c --validation new.csv --unseen zero -o m.st seen.csv
	loss=$(value .val_loss)
	fails 65 "$unknown" evaluate --engine reference -m m.st new.csv
	gpufit evaluate --json --engine reference -m m.st --unseen zero new.csv
	near "$(value .loss)" "$loss" 1e-6
	refuses "--unseen has no effect: a share of DATA has no words but those of DATA; --validation FILE may have others" \
		--one-hot c --validation 0.5 --unseen zero seen.csv
}

@test "a missing word counts as a word of its own" {
	people
	gpufit -q --engine reference --epochs 1 --missing category --exclude id,name --one-hot kind -o m.st people.csv
	gpufit show --json m.st
	same "$(value '[.missing, .columns[0], .columns[1].mean] | tostring')" \
		'["category",{"name":"kind","words":["NA","u","v"],"most":"NA"},3]'
}

@test "two soft labels are probabilities, as three are" {
	csv 'x,y\n0,0.1\n1,0.9\n0,0.1\n1,0.1\n' soft.csv
	gpufit -q --json --engine reference --loss bce --init zeros --lr 4 --epochs 2000 soft.csv
	same "$(value .classes)" null
	# log(p / (1 - p)) of the mean of y at each x: 0.1 and 0.5
	near "$(value '.bias[0]')" -2.1972246 1e-4
	near "$(value '.weight[0][0]')" 2.1972246 1e-4
}

@test "a model with two columns of the same name predicts the same file" {
	csv 'a,a,y\n1,2,3\n2,1,5\n' twice.csv
	run --separate-stderr "$GPUFIT" --engine reference --no-progress --epochs 1 -o m.st twice.csv
	same "$status $stderr" '0 gpufit: twice.csv:1: columns 1 and 2 are both called "a"; the latter is "a.1" here'
	run --separate-stderr "$GPUFIT" predict --engine reference -m m.st twice.csv
	same "$status ${#lines[@]}" "0 3"
}
