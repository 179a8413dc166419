package org.xenimage.cli.toolstack;

import org.xenimage.script.policy.Operation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How libxl calls its save helper: the command line that {@code tools/libs/light/libxl_save_callout.c} makes.
 *
 * <pre>
 *   --save-domain    STREAM BACK DOMID FLAGS CBFLAGS TYPE                                  Xen 4.7 and later
 *   --save-domain    STREAM BACK DOMID MAX_ITERS MAX_FACTOR FLAGS HVM CBFLAGS TYPE         Xen 4.6
 *   --restore-domain STREAM BACK DOMID …                                              TYPE
 * </pre>
 *
 * <p>STREAM and BACK are file descriptors that the helper inherits; BACK is -1 if there is none. What follows them
 * varies between versions and is passed on as it is. TYPE, the last word, is not 0 for Remus and COLO.
 *
 * @param operation which direction it is, as far as it can be known: a restore may be the receiving side of a migration
 * @param stream the descriptor of the stream
 * @param domain the number of the domain
 * @param checkpointed whether libxl and its helper take turns on the stream
 * @param words the whole command line
 */
record SaveCallout(
        Operation operation, int stream, String domain, boolean checkpointed, List<String> words) {
    /** {@code XCFLAGS_LIVE} of {@code xenguest.h}: the domain runs meanwhile, as in a migration. */
    private static final int LIVE = 1;

    /** Where the flags are, by the number of words of a save. */
    private static final int FLAGS = 4;

    private static final int WORDS = 7;
    private static final int FLAGS_OF_4_6 = 6;
    private static final int WORDS_OF_4_6 = 10;

    /** Descriptors beyond any limit of open files are typing errors. */
    private static final int DESCRIPTOR_MAX = 1 << 20;

    /** Copies the list. */
    SaveCallout {
        words = List.copyOf(words);
    }

    /**
     * Reads a command line.
     *
     * @param words without the program
     * @return the call; empty if it is not one of libxl
     */
    static Optional<SaveCallout> of(List<String> words) {
        if (words.size() < 5) return Optional.empty();
        boolean save = words.getFirst().equals("--save-domain");
        if (!save && !words.getFirst().equals("--restore-domain")) return Optional.empty();
        Optional<Integer> stream = number(words.get(1));
        if (stream.isEmpty() || stream.get() <= 2 || stream.get() > DESCRIPTOR_MAX)
            return Optional.empty();
        Operation operation = Operation.RESTORE;
        if (save) operation = live(words) ? Operation.MIGRATE_OUT : Operation.SAVE;
        return Optional.of(
                new SaveCallout(
                        operation,
                        stream.get(),
                        words.get(3),
                        !words.getLast().equals("0"),
                        words));
    }

    private static boolean live(List<String> words) {
        int at =
                switch (words.size()) {
                    case WORDS -> FLAGS;
                    case WORDS_OF_4_6 -> FLAGS_OF_4_6;
                    default -> -1;
                };
        return at > 0 && number(words.get(at)).filter(flags -> (flags & LIVE) != 0).isPresent();
    }

    private static Optional<Integer> number(String word) {
        try {
            return Optional.of(Integer.parseInt(word));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Whether the stream comes from the domain. */
    boolean saves() {
        return operation != Operation.RESTORE;
    }

    /** What messages call the stream. */
    String name() {
        return "the stream of domain " + domain;
    }

    /** The command line for a program in the helper's place. */
    List<String> line(String program) {
        List<String> line = new ArrayList<>(List.of(program));
        line.addAll(words);
        return line;
    }
}
