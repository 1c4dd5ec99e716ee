# Completion of gigabatch for bash: the program says what may come next. Made by: gigabatch completion bash
_gigabatch() {
  local word='' kind='' line='' prefix='' i
  local -a before=()
  # bash splits words at = and :, so what belongs together is joined again.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    line=${COMP_WORDS[i]}
    if ((i > 1)) && [[ $line == [=:]* || ${COMP_WORDS[i - 1]} == [=:] ]]; then
      word+=$line
    else
      ((i > 1)) && before+=("$word")
      word=$line
    fi
  done
  [[ $word == *[=:]* ]] && prefix=${word%"${word##*[=:]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then
      kind=$line
    else
      line=${line%%$'\t'*}
      COMPREPLY+=("${line#"$prefix"}")
    fi
  done < <("${1/#\~/$HOME}" __complete -- "=$word" "${before[@]}" 2>/dev/null)
  type compopt &>/dev/null || return 0 # bash 3.2, as in macOS: names of files are completed, too
  case $kind in
    words) compopt +o default ;;
    list) compopt +o default -o nospace ;;
    folders) compopt +o default -o dirnames ;;
  esac
}
complete -o default -F _gigabatch gigabatch gigabatch.exe
