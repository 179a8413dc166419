package org.xenimage.cli.shell;

import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Completion for bash: commands, options, and values by what they are. */
final class BashCompletion implements CompletionScript {
    private static final String CODE =
            """
            # Completion of xenimage for bash; written by 'xenimage completion bash'.
            _xenimage() {
                local cur=${COMP_WORDS[COMP_CWORD]} path='' option='' operand=0 i word kind
                for ((i = 1; i < COMP_CWORD; i++)); do
                    word=${COMP_WORDS[i]}
                    if [[ $word == '=' ]]; then continue
                    elif [[ -n $option ]]; then option=''
                    elif [[ $word == -* ]]; then
                        _xenimage_kind "$path $word"
                        [[ -z $kind ]] || option=$word
                    elif _xenimage_command "$path $word"; then path="$path $word"
                    else operand=$((operand + 1))
                    fi
                done
                [[ $cur != '=' ]] || cur=''
                COMPREPLY=()
                if [[ -n $option ]]; then _xenimage_kind "$path $option"
                elif [[ $cur == -* ]]; then
                    _xenimage_words "$path"
                    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
                    return
                else
                    _xenimage_operand "$path" "$operand"
                    if [[ -z $kind ]]; then
                        _xenimage_words "$path"
                        kind="words $words"
                    fi
                fi
                case $kind in
                    file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
                    directory) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
                    policy)
                        compopt -o filenames
                        mapfile -t COMPREPLY < <(compgen -W '@LIBRARY@' -- "$cur"
                            compgen -d -- "$cur"; compgen -f -- "$cur" | grep -E '[.](js|mjs|py)$')
                        ;;
                    domain)
                        mapfile -t COMPREPLY < <(compgen -W \
                            "$(xl list 2>/dev/null | awk 'NR > 2 { print $1 }')" -- "$cur")
                        ;;
                    program) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
                    words*) mapfile -t COMPREPLY < <(compgen -W "${kind#words}" -- "$cur") ;;
                esac
            }
            """;

    private final CommandTree tree;
    private final List<String> library;

    BashCompletion(CommandTree tree, List<String> library) {
        this.tree = tree;
        this.library = library;
    }

    @Override
    public String text() {
        var text = new StringBuilder(CODE.replace("@LIBRARY@", String.join(" ", library)));
        text.append("_xenimage_command() {\n    case $1 in\n");
        for (CommandTree.Entry command : tree.commands())
            if (!command.path().isEmpty())
                text.append("        ' ").append(command.path()).append("') return 0 ;;\n");
        text.append("    esac\n    return 1\n}\n");
        text.append("_xenimage_words() {\n    case $1 in\n");
        for (CommandTree.Entry command : tree.commands())
            text.append("        '")
                    .append(before(command))
                    .append("') words='")
                    .append(String.join(" ", words(command)))
                    .append("' ;;\n");
        text.append("    esac\n}\n");
        text.append("_xenimage_kind() {\n    kind=''\n    case $1 in\n");
        for (CommandTree.Entry command : tree.commands())
            for (OptionSpec option : command.spec().options())
                if (option.arity().min() > 0)
                    for (String name : option.names())
                        line(text, before(command) + " " + name, option);
        text.append("    esac\n}\n");
        text.append("_xenimage_operand() {\n    kind=''\n    case \"$1 $2\" in\n");
        for (CommandTree.Entry command : tree.commands())
            for (PositionalParamSpec operand : command.spec().positionalParameters())
                for (int at = operand.index().min(); at <= last(operand); at++)
                    line(text, before(command) + " " + at, operand);
        text.append("    esac\n}\n");
        text.append("complete -F _xenimage xenimage\n");
        return text.toString();
    }

    /** Operands that repeat are completed this often. */
    private static int last(PositionalParamSpec operand) {
        int min = operand.index().min();
        return operand.index().isVariable() || operand.arity().isVariable()
                ? min + 20
                : Math.min(operand.index().max(), min + 20);
    }

    private static String before(CommandTree.Entry command) {
        return command.path().isEmpty() ? "" : " " + command.path();
    }

    private List<String> words(CommandTree.Entry command) {
        List<String> words = new ArrayList<>();
        for (CommandTree.Entry child : tree.children(command))
            words.add(child.path().substring(child.path().lastIndexOf(' ') + 1));
        for (OptionSpec option : command.spec().options()) words.addAll(List.of(option.names()));
        return words;
    }

    private static void line(StringBuilder text, String pattern, ArgSpec arg) {
        text.append("        '")
                .append(pattern)
                .append("') kind='")
                .append(kind(arg))
                .append("' ;;\n");
    }

    private static String kind(ArgSpec arg) {
        return switch (ValueKind.of(arg)) {
            case ValueKind.AnyFile _ -> "file";
            case ValueKind.Directory _, ValueKind.PolicyDirectory _ -> "directory";
            case ValueKind.PolicyReference _ -> "policy";
            case ValueKind.Domain _ -> "domain";
            case ValueKind.HostCommand _ -> "program";
            case ValueKind.OneOf(List<String> words) ->
                    words.stream().collect(Collectors.joining(" ", "words ", ""));
            case ValueKind.Text _ -> "text";
        };
    }
}
