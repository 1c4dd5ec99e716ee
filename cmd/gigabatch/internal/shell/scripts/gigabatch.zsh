#compdef gigabatch
# Completion of gigabatch for zsh: the program says what may come next. Made by: gigabatch completion zsh
_gigabatch() {
  local line
  local -a answer choices
  answer=("${(@f)$(command ${~${(Q)words[1]}} __complete -- "=${(Q)PREFIX}" "${(@Q)words[2,CURRENT-1]}" 2>/dev/null)}")
  for line in "${(@)answer[2,-1]}"; do
    if [[ $line == *$'\t'* ]]; then
      choices+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    else
      choices+=("${line//:/\\:}")
    fi
  done
  case ${answer[1]} in
    words) _describe gigabatch choices ;;
    list) _describe gigabatch choices -S '' ;;
    files) compset -P '-*='; _files ;;
    folders) compset -P '-*='; _path_files -/ ;;
  esac
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
  _gigabatch "$@"
elif (( $+functions[compdef] )); then
  compdef _gigabatch gigabatch
else
  autoload -Uz compinit && compinit && compdef _gigabatch gigabatch
fi
