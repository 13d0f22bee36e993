#!/usr/bin/env bash
# Greps src/ for constructs that this project does not use. An exception carries its reason on the line: "// style-exception: why".
set -u
cd "$(dirname "$0")/.."
bad=0
rule() {  # rule NAME PATTERN FILES...
  local name=$1 pattern=$2
  shift 2
  local hits
  hits=$(grep -nE "$pattern" "$@" 2>/dev/null | grep -v 'style-exception:' | grep -vE '^[^:]+:[0-9]+:\s*//')
  if [[ -n $hits ]]; then
    printf '%s\n  hint: %s\n' "$hits" "$name" >&2
    bad=1
  fi
}
mapfile -t library < <(git ls-files 'src/*.cpp' 'src/*.h' | grep -vE '^src/(cli|media_worker)/')
mapfile -t all < <(git ls-files 'src/*.cpp' 'src/*.h')
mapfile -t headers < <(git ls-files 'src/*.h')
[[ ${#library[@]} -gt 0 ]] || exit 0
rule 'library code never prints: return it, or hand it to base/log.h' 'std::(cout|cerr|clog)|[^a-z_]f?printf\(' "${library[@]}"
rule 'library code never ends the program' '(^|[^a-z_:.])(std::)?(exit|abort|_exit)\(' "${library[@]}"
rule 'draw from base/seed.h' '(^|[^a-z_])s?rand\(|random_device' "${all[@]}"
rule 'threads come from at::parallel_for' '#pragma omp' "${all[@]}"
rule 'name what you use' 'using namespace std' "${all[@]}"
rule 'own with values and unique_ptr' '(^|[^a-z_])malloc\(' "${all[@]}"
rule 'torch/torch.h costs 20 s a file: include the narrow header' 'torch/torch\.h' "${headers[@]}"
exit $bad
