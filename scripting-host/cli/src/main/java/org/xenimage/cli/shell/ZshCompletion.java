package org.xenimage.cli.shell;

import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.util.List;

/** Completion for zsh: a function for each command. */
final class ZshCompletion implements CompletionScript {
    private final CommandTree tree;
    private final List<String> library;

    ZshCompletion(CommandTree tree, List<String> library) {
        this.tree = tree;
        this.library = library;
    }

    @Override
    public String text() {
        var text =
                new StringBuilder(
                        """
                        #compdef xenimage
                        # Completion of xenimage for zsh; written by 'xenimage completion zsh'.
                        _xenimage_policies() {
                            _alternative 'library:policy of the library:(%s)' \\
                                'files:policy file:_files -g "*.(js|mjs|py)"'
                        }
                        _xenimage_domains() {
                            compadd -- ${(f)"$(xl list 2>/dev/null | awk 'NR > 2 { print $1 }')"}
                        }
                        """
                                .formatted(String.join(" ", library)));
        for (CommandTree.Entry command : tree.commands()) {
            text.append(function(command)).append("() {\n");
            if (command.group()) group(text, command);
            else {
                text.append("    _arguments -s -S");
                options(text, command);
                for (PositionalParamSpec operand : command.spec().positionalParameters())
                    text.append(" \\\n        ").append(quoted(operand(operand)));
                text.append('\n');
            }
            text.append("}\n");
        }
        text.append(
                "if [ \"$funcstack[1]\" = _xenimage ]; then _xenimage \"$@\"; else compdef _xenimage xenimage; fi\n");
        return text.toString();
    }

    private void group(StringBuilder text, CommandTree.Entry command) {
        text.append("    local context state line\n    typeset -A opt_args\n    _arguments -C");
        options(text, command);
        text.append(" \\\n        '1: :->command' '*:: :->rest'\n    case $state in\n");
        text.append("        command)\n            local -a commands\n            commands=(");
        for (CommandTree.Entry child : tree.children(command))
            text.append("\n                ")
                    .append(quoted(last(child) + ":" + child.summary().replace(":", "\\:")));
        text.append("\n            )\n            _describe command commands\n            ;;\n");
        text.append("        rest)\n            case $words[1] in\n");
        for (CommandTree.Entry child : tree.children(command))
            text.append("                %s) %s ;;\n".formatted(last(child), function(child)));
        text.append("            esac\n            ;;\n    esac\n");
    }

    private void options(StringBuilder text, CommandTree.Entry command) {
        for (OptionSpec option : command.spec().options())
            for (String name : option.names()) {
                boolean value = option.arity().min() > 0;
                String spec =
                        (option.isMultiValue() ? "*" : "")
                                + name
                                + (value && name.startsWith("--") ? "=" : "")
                                + "["
                                + HelpText.summary(option)
                                        .replace("[", "(")
                                        .replace("]", ")")
                                        .replace(":", "\\:")
                                + "]"
                                + (value ? ":" + label(option) + ":" + action(option) : "");
                text.append(" \\\n        ").append(quoted(spec));
            }
    }

    private String operand(PositionalParamSpec operand) {
        boolean many = operand.index().isVariable() || operand.arity().isVariable();
        String at = many ? "*" : Integer.toString(operand.index().min() + 1);
        return at + ":" + label(operand) + ":" + action(operand);
    }

    private static String label(ArgSpec arg) {
        return arg.paramLabel().replace(":", "\\:").replace("[", "(").replace("]", ")");
    }

    private static String action(ArgSpec arg) {
        return switch (ValueKind.of(arg)) {
            case ValueKind.AnyFile _ -> "_files";
            case ValueKind.Directory _, ValueKind.PolicyDirectory _ -> "_files -/";
            case ValueKind.PolicyReference _ -> "_xenimage_policies";
            case ValueKind.Domain _ -> "_xenimage_domains";
            case ValueKind.HostCommand _ -> "_command_names -e";
            case ValueKind.OneOf(List<String> words) -> "(" + String.join(" ", words) + ")";
            case ValueKind.Text _ -> " ";
        };
    }

    private static String last(CommandTree.Entry command) {
        return command.path().substring(command.path().lastIndexOf(' ') + 1);
    }

    private static String function(CommandTree.Entry command) {
        return ("_xenimage " + command.path()).strip().replace(' ', '_');
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
