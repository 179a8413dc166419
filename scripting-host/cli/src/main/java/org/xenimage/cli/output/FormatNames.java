package org.xenimage.cli.output;

import org.xenimage.image.rewrite.Conversion;

import java.util.Iterator;
import java.util.stream.Stream;

/** The formats that can be written, by the names that users choose them by. */
final class FormatNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
        return Stream.of(Conversion.Target.values()).map(Conversion.Target::id).iterator();
    }
}
