package org.xenimage.cli.label;

import org.xenimage.cli.output.Plural;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.spi.ImageReader;

/** What a command says when its output has none of the statements that its input has. */
public final class EndedChain {
    private EndedChain() {}

    /**
     * Says that the provenance chain of the input ends; nothing if it has none.
     *
     * @param notices takes the line
     * @param in as the user named it
     * @param source the input
     * @param out as the user named it
     */
    public static void say(TextOutput notices, String in, ImageReader source, String out) {
        int statements = source.extras().statements();
        if (statements > 0)
            notices.println(
                    "xenimage: %s: the provenance chain ends with %s; %s has none"
                            .formatted(in, Plural.of(statements, "statement"), out));
    }
}
