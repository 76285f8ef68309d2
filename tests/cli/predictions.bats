#!/usr/bin/env bats
# predictions.bats: predict --format writes the same predictions as CSV, JSON Lines and a NumPy array.
# bats file_tags=quick
load common

# trained OPTIONS...: trains model.st on DATA, the last option, with the reference, which waits for no compiler.
trained() {
	"$GPUFIT" -q --engine reference --epochs 20 -o model.st "$@" >report
}

# predict OPTIONS...: predicts with model.st.
predict() {
	gpufit predict -q --engine reference -m model.st "$@"
}

@test "JSON Lines have the fields of the CSV" {
	houses
	trained --target price,rent --lr 1e-4 houses.csv
	predict -o p.csv --keep rooms houses.csv
	predict -o p.jsonl --format json --keep rooms houses.csv
	jq -r '"\(.rooms),\(.price),\(.rent)"' p.jsonl >found
	sed 1d p.csv | awk -F , '{ printf "%s,%.6g,%.6g\n", $1, $2, $3 }' >wanted
	awk -F , '{ printf "%s,%.6g,%.6g\n", $1, $2, $3 }' found | diff - wanted
}

@test "a class is its label, probabilities stand beside it, and a row left out is null" {
	csv 'a,b,kind\n1,2,"red ""1"""\n2,1,blue\n3,1,blue\n4,7,"red ""1"""\n'
	trained --loss cross_entropy --target kind data.csv
	csv 'a,b\n1,2\n,1\n' rows.csv
	predict --proba --format json --missing drop rows.csv
	same "$(jq -c 'keys_unsorted' <<<"${lines[0]}")" '["prediction","blue","red \"1\""]'
	same "$(jq '.blue + ."red \"1\"" | . * 1e8 | round' <<<"${lines[0]}")" 100000000
	same "${lines[1]}" '{"prediction":null,"blue":null,"red \"1\"":null}'
}

@test "numpy loads numbers, labels and probabilities as the CSV has them" {
	python=${GPUFIT_PYTHON:-python3}
	"$python" -c "import numpy" 2>/dev/null || skip "no numpy in $python; set GPUFIT_PYTHON"
	csv 'a,b,kind\n1,2,grün\n2,1,blue\n3,1,blue\n4,7,grün\n'
	trained --loss cross_entropy --target kind data.csv
	csv 'a,b\n1,2\n,1\n2,1\n' rows.csv
	predict --missing drop -o label.npy --format npy rows.csv
	predict --missing drop -o proba.npy --format npy --proba rows.csv
	predict --missing drop -o p.csv --proba rows.csv
	houses
	trained --target price,rent --lr 1e-4 houses.csv
	predict -o two.npy --format npy houses.csv
	predict -o two.csv houses.csv
	trained --exclude price --lr 1e-4 houses.csv
	"$GPUFIT" predict -q --engine reference -m model.st --format npy houses.csv >one.npy
	predict -o one.csv houses.csv
	run "$python" - <<-'PYTHON'
		import csv, numpy
		rows = list(csv.reader(open("p.csv", encoding="utf-8")))[1:]
		label, proba = numpy.load("label.npy"), numpy.load("proba.npy")
		assert label.dtype == "<U4" and list(label) == [row[0] for row in rows] and label[1] == "", label
		assert proba.dtype == "float64" and proba.shape == (3, 2) and numpy.isnan(proba[1]).all()
		assert numpy.allclose(proba[[0, 2]], [[float(v) for v in row[1:]] for row in (rows[0], rows[2])], rtol=1e-8)
		for name, shape in ("two", (5, 2)), ("one", (5,)):
		    found = numpy.load(name + ".npy")
		    wanted = numpy.loadtxt(name + ".csv", delimiter=",", skiprows=1, dtype="float32")
		    assert found.dtype == "float32" and found.shape == shape and (found == wanted).all(), (found, wanted)
	PYTHON
	same "$status" 0 || { echo "$output"; return 1; }
}

@test "a reader that has had enough of the lines gets no message, and a full disk one" {
	plane 20000
	trained plane.csv
	for format in csv json npy; do
		"$GPUFIT" predict -q --engine reference -m model.st --format $format plane.csv 2>err | head -c 1 >first || true
		same "$(cat err)" ""
		[ -e /dev/full ] || continue
		run --separate-stderr bash -c '"$1" predict -q --engine reference -m model.st --format '$format' plane.csv >/dev/full' \
			bash "$GPUFIT"
		same "$status" 74
		same "$stderr" "gpufit: standard output: cannot write: No space left on device"
	done
}

@test "what a format has no place for is refused" {
	houses
	trained --standardize houses.csv
	refuses "--keep has columns of text, for which --format npy has no place: csv and json have" \
		predict -m model.st --format npy --keep rooms houses.csv
	sed -i 's/rooms/prediction/' houses.csv
	trained --standardize houses.csv
	run --separate-stderr "$GPUFIT" predict -q --engine reference -m model.st --format json --keep prediction houses.csv
	same "$status" 64
	[[ $stderr = *"two fields would have one name"* ]]
}
