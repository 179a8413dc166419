package org.xenimage.cli.shell;

import org.xenimage.cli.output.Needs;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * The table from which the launcher knows what a command needs before a JVM runs, a line for each command:
 *
 * <pre>
 *   COMMAND|SCRIPTS|WORK|PROCESS|OPERANDS|OPTION:KIND …
 *   policy check|named|short|any|policy|--json:…
 * </pre>
 *
 * <p>SCRIPTS and WORK are those of {@link Needs}. PROCESS is {@code own} if the command never runs in a process
 * of the agent, else {@code any}. OPERANDS is {@code policy} where operands name policies, {@code stop}
 * where another command's words follow the first, else {@code file}. Only options whose value is the next word are
 * listed; KIND is {@code policy}, {@code policies}, {@code lang}, {@code code}, or {@code value} for what the
 * launcher need not know.
 */
public final class LaunchTable {
    private LaunchTable() {}

    /**
     * The table.
     *
     * @param tree the program's commands
     * @return its lines
     */
    public static List<String> of(CommandTree tree) {
        return tree.commands().stream()
                .filter(command -> !command.group())
                .map(LaunchTable::line)
                .toList();
    }

    private static String line(CommandTree.Entry command) {
        CommandSpec spec = command.spec();
        Needs needs = spec.userObject().getClass().getAnnotation(Needs.class);
        Needs.Scripts scripts = needs == null ? Needs.Scripts.NONE : needs.scripts();
        Needs.Work work = needs == null ? Needs.Work.SHORT : needs.work();
        boolean policies =
                spec.positionalParameters().stream()
                        .anyMatch(operand ->
                                ValueKind.of(operand) instanceof ValueKind.PolicyReference);
        String operands = spec.parser().stopAtPositional() ? "stop" : policies ? "policy" : "file";
        var options = new StringJoiner(" ");
        for (OptionSpec option : spec.options()) {
            if (option.arity().min() == 0) continue;
            for (String name : option.names()) options.add(name + ":" + kind(option));
        }
        return String.join(
                "|",
                command.path(),
                lower(scripts),
                lower(work),
                needs == null || needs.agent() ? "any" : "own",
                operands,
                options.toString());
    }

    private static String kind(OptionSpec option) {
        return switch (option.paramLabel()) {
            case "LANGUAGE" -> "lang";
            case "CODE" -> "code";
            default ->
                    switch (ValueKind.of(option)) {
                        case ValueKind.PolicyReference _ -> "policy";
                        case ValueKind.PolicyDirectory _ -> "policies";
                        case ValueKind.AnyFile _ ->
                                List.of(option.names()).contains("-f") ? "script" : "value";
                        case ValueKind.Directory _,
                                ValueKind.Domain _,
                                ValueKind.HostCommand _,
                                ValueKind.OneOf _,
                                ValueKind.Text _ ->
                                "value";
                    };
        };
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
