package org.xenimage.tests.testkit;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A stream in its parts, to be read whole or broken first.
 *
 * @param name of the scenario
 * @param parts in order
 */
public record BuiltStream(String name, List<StreamPart> parts) {
    /** Copies the list. */
    public BuiltStream {
        parts = List.copyOf(parts);
    }

    /** The whole stream. */
    public byte[] bytes() {
        var all = new ByteArrayOutputStream();
        for (StreamPart part : parts) all.writeBytes(part.bytes());
        return all.toByteArray();
    }

    /** Where a part begins. */
    public int offset(int index) {
        return parts.subList(0, index).stream().mapToInt(StreamPart::length).sum();
    }

    /** The offset of each byte that is part of a header or of a field that a reader interprets. */
    public IntStream headerOffsets() {
        return IntStream.range(0, parts.size())
                .flatMap(i -> IntStream.range(0, parts.get(i).header()).map(b -> offset(i) + b));
    }

    /** The first part of a label. */
    public int index(String label) {
        for (int i = 0; i < parts.size(); i++) if (parts.get(i).label().equals(label)) return i;
        throw new IllegalArgumentException(name + " has no " + label);
    }

    /** The last part of a label. */
    public int lastIndex(String label) {
        for (int i = parts.size() - 1; i >= 0; i--) {
            if (parts.get(i).label().equals(label)) return i;
        }
        throw new IllegalArgumentException(name + " has no " + label);
    }

    /** This stream without its first part of a label. */
    public BuiltStream without(String label) {
        return edited(parts -> parts.remove(index(label)));
    }

    /** This stream with its first part of a label twice. */
    public BuiltStream twice(String label) {
        return edited(parts -> parts.add(index(label), parts.get(index(label))));
    }

    /** This stream with its first part of a label changed places with the first one of another. */
    public BuiltStream swapped(String label, String other) {
        return edited(parts -> Collections.swap(parts, index(label), index(other)));
    }

    /** This stream with another part in front of its first one of a label. */
    public BuiltStream before(String label, StreamPart part) {
        return edited(parts -> parts.add(index(label), part));
    }

    /** This stream with other bytes in its first part of a label. */
    public BuiltStream with(String label, int offset, byte... bytes) {
        int index = index(label);
        return edited(parts -> parts.set(index, parts.get(index).with(offset, bytes)));
    }

    @Override
    public String toString() {
        return name;
    }

    private BuiltStream edited(Consumer<List<StreamPart>> edit) {
        var changed = new ArrayList<>(parts);
        edit.accept(changed);
        return new BuiltStream(name, changed);
    }
}
