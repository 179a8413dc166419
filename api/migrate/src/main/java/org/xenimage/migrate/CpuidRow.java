package org.xenimage.migrate;

import org.xenimage.image.record.CpuidPolicy;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One answer of CPUID as {@code xen-cpuid -p} prints it: leaf and subleaf, then eax, ebx, ecx and edx, in hex. */
final class CpuidRow {
    private static final String WORD = "([0-9a-f]{8})";
    private static final Pattern ROW =
            Pattern.compile(
                    WORD + ":" + WORD + " -> " + WORD + ":" + WORD + ":" + WORD + ":" + WORD);

    private CpuidRow() {}

    static Optional<CpuidPolicy.Leaf> parse(String text) {
        Matcher row = ROW.matcher(text.strip());
        if (!row.matches()) return Optional.empty();
        return Optional.of(
                new CpuidPolicy.Leaf(
                        word(row, 1),
                        word(row, 2),
                        word(row, 3),
                        word(row, 4),
                        word(row, 5),
                        word(row, 6)));
    }

    private static long word(Matcher row, int group) {
        return Long.parseLong(row.group(group), 16);
    }

    static String text(CpuidPolicy.Leaf leaf) {
        return "%08x:%08x -> %08x:%08x:%08x:%08x"
                .formatted(
                        leaf.leaf(),
                        leaf.subleaf(),
                        leaf.eax(),
                        leaf.ebx(),
                        leaf.ecx(),
                        leaf.edx());
    }
}
