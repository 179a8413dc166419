package org.xenimage.image.seal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The provenance chain of an image: what was done to it, in order, each statement holding the hash of the one before.
 *
 * @param statements from the first to the last
 * @param digest of the content that the image says it has, in hexadecimal digits
 * @param sections of sites that the image has, each with a digest of its name, type, rank and content
 */
public record Provenance(
        List<Statement> statements, String digest, SortedMap<String, String> sections) {
    /** Copies list and map. */
    public Provenance {
        statements = List.copyOf(statements);
        sections = Collections.unmodifiableSortedMap(new TreeMap<>(sections));
    }

    /**
     * The chain of an image without sections of sites.
     *
     * @param statements from the first to the last
     * @param digest of the content that the image says it has, in hexadecimal digits
     */
    public Provenance(List<Statement> statements, String digest) {
        this(statements, digest, Collections.emptySortedMap());
    }

    /** {@return whether anything is signed} */
    public boolean signed() {
        return statements.stream().anyMatch(statement -> !statement.signatures().isEmpty());
    }

    /**
     * Holds the chain against itself and the image: links, digests, signatures.
     *
     * @return the problems, one per line; none if all is well
     */
    public List<String> faults() {
        List<String> faults = new ArrayList<>();
        String previous = "";
        for (int i = 0; i < statements.size(); i++) {
            Statement statement = statements.get(i);
            String found = statement.text("previous");
            if (!found.equals(previous)) {
                faults.add(
                        ("statement %d: field previous: expected %s, found %s; a statement before it "
                                        + "was changed, removed or added")
                                .formatted(i + 1, quoted(previous), quoted(found)));
            }
            for (Statement.Signed signature : statement.signatures()) {
                if (!statement.verifies(signature)) {
                    faults.add(
                            "statement %d: wrong signature: key %s did not sign this statement"
                                    .formatted(i + 1, signature.key()));
                }
            }
            previous = statement.hash();
        }
        if (!statements.isEmpty() && !statements.getLast().text("digest").equals(digest)) {
            faults.add(
                    ("statement %d: field digest: expected %s, which the image has, found %s; the "
                                    + "content was changed without a statement")
                            .formatted(
                                    statements.size(),
                                    digest,
                                    quoted(statements.getLast().text("digest"))));
        }
        if (!statements.isEmpty()) {
            Map<String, String> stated = statements.getLast().sections();
            var names = new TreeSet<>(sections.keySet());
            names.addAll(stated.keySet());
            for (String name : names) {
                String expected = sections.getOrDefault(name, "");
                String found = stated.getOrDefault(name, "");
                if (!expected.equals(found))
                    faults.add(
                            ("statement %d: field sections.%s: expected %s, which the image has, found %s;"
                                            + " the section was changed without a statement")
                                    .formatted(
                                            statements.size(),
                                            name,
                                            quoted(expected),
                                            quoted(found)));
            }
        }
        return faults;
    }

    private static String quoted(String value) {
        return value.isEmpty() ? "nothing" : value;
    }

    /**
     * How many statements trusted keys vouch for: all up to the last one that one of them signed and that names the
     * content of the image and its sections.
     *
     * @param keys that the caller trusts
     * @return the number of statements from the first, 0 if no trusted key vouches for this content
     */
    public int vouchedFor(Collection<TrustedKey> keys) {
        for (int i = statements.size(); i > 0; i--) {
            Statement statement = statements.get(i - 1);
            if (!statement.text("digest").equals(digest)) continue;
            if (!statement.sections().equals(sections)) continue;
            for (Statement.Signed signature : statement.signatures()) {
                if (keys.contains(signature.key()) && statement.verifies(signature)) return i;
            }
        }
        return 0;
    }
}
