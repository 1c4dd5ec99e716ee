# Completion of gigabatch for fish: the program says what may come next. Made by: gigabatch completion fish
function __gigabatch_complete
    set -l before (commandline -opc)
    set -l word (commandline -ct)
    set -l answer (command $before[1] __complete -- "=$word" $before[2..-1] 2>/dev/null)
    set -l prefix (string match -r -- '^-[^=]*=' "$word")
    set -l path (string replace -r -- '^-[^=]*=' '' "$word")
    switch "$answer[1]"
        case words list
            string join -- \n $answer[2..-1]
        case files
            printf "$prefix%s\n" (__fish_complete_path "$path")
        case folders
            printf "$prefix%s\n" (__fish_complete_directories "$path" '')
    end
end
complete -c gigabatch -f -k -a '(__gigabatch_complete)'
