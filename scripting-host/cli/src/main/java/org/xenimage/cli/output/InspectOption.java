package org.xenimage.cli.output;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.jspecify.annotations.Nullable;
import org.xenimage.script.policy.Inspection;

import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;

/**
 * {@code --inspect}: the option of every command that runs scripts which a person may stop in a debugger. Commands on
 * which a guest waits do not have it.
 */
public final class InspectOption {
    /** The option's name. */
    public static final String NAME = "--inspect";

    /** What a command says that does not have the option. */
    public static final String INSTEAD =
            "only rewrite, policy test and console have it: nothing that a guest waits for may stop in a debugger; "
                    + "try the policies on a file, with rewrite --dry-run --as OPERATION --inspect";

    @Option(
            names = NAME,
            arity = "0..1",
            paramLabel = "PORT",
            preprocessor = Attached.class,
            description = {
                "let a debugger (Chrome, VS Code) stop the scripts, and wait for it: on this port of the loopback",
                "address, 0 for any that is free (default: 9229)"
            })
    private @Nullable Integer port;

    /** Called by the command line. */
    public InspectOption() {}

    /** The port follows an equals sign only, because what follows a space is an image. */
    static final class Attached implements CommandLine.IParameterPreprocessor {
        @Override
        @SuppressWarnings("JdkObsolete") // picocli's own type
        public boolean preprocess(
                Stack<String> words, CommandSpec command, ArgSpec option, Map<String, Object> how) {
            if (!"=".equals(how.get("separator"))) words.push(String.valueOf(Inspection.PORT));
            return false;
        }
    }

    /**
     * The debugger, if requested. It tells its address when the first script starts.
     *
     * @param command that runs the scripts
     * @return where it connects
     * @throws IOException if the port is in use
     */
    public Optional<Inspection> inspection(Subcommand command) throws IOException {
        if (port == null) return Optional.empty();
        Inspection inspection;
        try {
            inspection = new Inspection(port, address -> announce(address, command));
        } catch (IllegalArgumentException e) {
            throw command.misused(NAME + ": " + e.getMessage(), e);
        }
        inspection.requireFree();
        return Optional.of(inspection);
    }

    private static void announce(URI address, Subcommand command) {
        String chrome =
                "devtools://devtools/bundled/js_app.html?ws="
                        + address.getAuthority()
                        + address.getPath();
        if (command.json()) {
            TextOutput out = command.reports();
            out.println(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("event", "inspect")
                            .put("url", address.toString())
                            .put("chrome", chrome)
                            .toString());
            out.flush();
            return;
        }
        TextOutput err = command.err();
        err.println("xenimage: waiting for a debugger at " + address);
        err.println("xenimage: in Chrome, open " + chrome);
        err.println(
                "xenimage: in VS Code, attach to port %d; see debugging.md"
                        .formatted(address.getPort()));
        err.println(
                "xenimage: whoever can reach this port on this machine can run code in the policies' sandbox");
        err.flush();
    }

    /**
     * Whether a word is this option.
     *
     * @param word of a command line
     * @return whether it is, with or without a port
     */
    public static boolean named(String word) {
        return word.equals(NAME) || word.startsWith(NAME + "=");
    }
}
