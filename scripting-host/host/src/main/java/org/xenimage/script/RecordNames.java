package org.xenimage.script;

import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;
import org.xenimage.script.header.Nearest;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds in a policy's source what looks like the name of a record and is none: a comparison with it is never true. */
final class RecordNames {
    private static final Pattern QUOTED = Pattern.compile("(['\"])([A-Z][A-Z0-9_]{4,40})\\1");

    private RecordNames() {}

    private static List<String> known() {
        List<String> known = new ArrayList<>();
        for (Layer layer : Layer.values()) known.addAll(RecordType.names(layer));
        return known;
    }

    /** The first name that differs from a record's name by one typing error, and its line. */
    static Optional<Slip> slip(String source) {
        List<String> known = known();
        Matcher quoted = QUOTED.matcher(source);
        while (quoted.find()) {
            String name = quoted.group(2);
            if (name.indexOf('_') <= 0 || known.contains(name)) continue;
            Optional<String> meant = Nearest.slip(name, known);
            if (meant.isEmpty()) continue;
            int line =
                    1
                            + (int)
                                    source.substring(0, quoted.start())
                                            .chars()
                                            .filter(c -> c == '\n')
                                            .count();
            return Optional.of(new Slip(line, name, meant.get()));
        }
        return Optional.empty();
    }

    /** A name that was meant to be another. */
    record Slip(int line, String name, String meant) {}

    static List<String> warnings(String source) {
        List<String> known = known();
        Set<String> doubted = new LinkedHashSet<>();
        List<String> doubts = new ArrayList<>();
        Matcher quoted = QUOTED.matcher(source);
        while (quoted.find()) {
            String name = quoted.group(2);
            boolean record = name.indexOf('_') > 0 && !known.contains(name);
            if (!record || !doubted.add(name)) continue;
            Nearest.of(name, known, 2)
                    .ifPresent(like ->
                            doubts.add(
                                    "\"%s\" is not the name of a record; did you mean %s?"
                                            .formatted(name, like)));
        }
        return doubts;
    }
}
