package org.xenimage.script;

import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A script of the corpus of attacks, {@code attacks/LANGUAGE/NAME}. Its first lines are comments that say what it tries
 * and what must come of it:
 *
 * <pre>
 *   attack: what it tries
 *   isolated: why only a process of its own contains it      (if that is so)
 *   refused: TEXT / TEXT       the run fails, and says one of these
 *   contained: TEXT            or: the run ends well, changes nothing, and logs this
 *   edited: TEXT               or: the run ends well, and logs this of what it changed
 * </pre>
 *
 * <p>What gets through says so in the log: {@code GOT THROUGH}.
 *
 * @param file the script
 * @param language it is written in
 * @param isolated whether only a process of its own contains it
 * @param refused what a failure may say; empty if the run ends well
 * @param logged what the log says if the run ends well
 * @param edited whether it changes the image, which is as it should be
 */
record AttackScript(
        Path file,
        Language language,
        boolean isolated,
        List<String> refused,
        String logged,
        boolean edited) {
    AttackScript {
        refused = List.copyOf(refused);
    }

    /** All of them, in the order of their names. */
    static List<AttackScript> all() {
        List<AttackScript> all = new ArrayList<>();
        for (Language language : Language.values()) {
            try {
                Path folder =
                        Path.of(
                                Objects.requireNonNull(
                                                AttackScript.class.getResource(
                                                        "attacks/" + language.id()))
                                        .toURI());
                try (Stream<Path> files = Files.list(folder)) {
                    for (Path file : files.sorted().toList()) all.add(read(file, language));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return all;
    }

    private static AttackScript read(Path file, Language language) throws IOException {
        String tried = "";
        boolean isolated = false;
        List<String> refused = List.of();
        String logged = "";
        boolean edited = false;
        for (String line : Files.readAllLines(file)) {
            String mark = language == Language.JAVASCRIPT ? "// " : "# ";
            if (!line.startsWith(mark)) break;
            String text = line.substring(mark.length());
            String value = text.substring(text.indexOf(':') + 1).strip();
            switch (text.substring(0, text.indexOf(':') + 1)) {
                case "attack:" -> tried = value;
                case "isolated:" -> isolated = true;
                case "refused:" -> refused = Arrays.asList(value.split(" / ", -1));
                case "contained:" -> logged = value;
                case "edited:" -> {
                    logged = value;
                    edited = true;
                }
                default -> throw new IllegalStateException(file + ": " + line);
            }
        }
        if (refused.contains("")) throw new IllegalStateException(file + " accepts any failure");
        if (tried.isEmpty() || refused.isEmpty() == logged.isEmpty())
            throw new IllegalStateException(file + " does not say what must come of it");
        return new AttackScript(file, language, isolated, refused, logged, edited);
    }

    /** Whether a policy follows it in the same run, to look for what it left. A context of Python is dear. */
    boolean witnessed() {
        return language == Language.JAVASCRIPT || toString().contains("/cross-policy");
    }

    /** The name that its policy has, since its header gives none. */
    String policyName() {
        String name = String.valueOf(file.getFileName());
        return name.substring(0, name.indexOf('.'));
    }

    @Override
    public String toString() {
        return language.id() + "/" + file.getFileName();
    }
}
