package org.xenimage.image.element;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The toolstack's configuration of the domain, as {@code xl} keeps it in the optional data of its header.
 *
 * <p>With {@link XlHeader#FLAG_JSON} it is the JSON of {@code libxl_domain_config}, ending in a
 * NUL. It is parsed on demand, and encoded again only if it was changed, in the layout that libxl
 * uses.
 *
 * @param offset of the config's first byte in its source
 * @param bytes verbatim, with the NUL
 */
public record Config(long offset, ByteRun bytes) implements ImageElement {
    /** What a config may be long: a thousand times what libxl writes. */
    public static final int LENGTH_MAX = 16 << 20;

    /**
     * Parses the JSON.
     *
     * @return the config, a tree of the caller's own; {@link JsonNode#deepCopy} gives one to edit
     * @throws IOException a {@link CorruptImage} if it is not a JSON object, a
     *     {@link org.xenimage.image.fault.LimitExceeded} if its tree is too
     *     large for the heap
     */
    public JsonNode json() throws IOException {
        return LibxlJson.parse(bytes.all(), LibxlJson.place(label(), offset));
    }

    /**
     * Looks up some strings and numbers without building a tree, so it needs little memory for a
     * config of any length.
     *
     * @param paths of values within nested objects, such as {@code c_info/name}
     * @return the values that exist, as text, by path
     * @throws IOException a {@link CorruptImage} if it is not JSON
     */
    public Map<String, String> find(Set<String> paths) throws IOException {
        return BoundedJson.find(bytes.all(), LibxlJson.place(label(), offset), paths);
    }

    /**
     * Reads the JSON to its end, and makes no tree.
     *
     * @throws IOException a {@link CorruptImage} if it is not a JSON object
     */
    public void check() throws IOException {
        BoundedJson.check(bytes.all(), LibxlJson.place(label(), offset));
    }

    /**
     * Edits the config. All bytes outside the edited values stay the same, including the order of
     * keys, number formats, invalid UTF-8 and duplicate keys.
     *
     * @param edited the object that the config is to hold, {@link #json} with changes
     * @return the config with these changes; this one if there are none
     * @throws IOException a {@link CorruptImage} if this config is not a JSON object
     */
    public Config edited(ObjectNode edited) throws IOException {
        byte[] before = bytes.all().toArray(ValueLayout.JAVA_BYTE);
        byte[] after = JsonText.edit(before, edited, label(), offset);
        if (Arrays.equals(before, after)) return this;
        return new Config(Fault.NO_OFFSET, ByteRun.of(MemorySegment.ofArray(after)));
    }

    /**
     * The duplicate keys within an object of the config. libxl reads the first, other readers of
     * JSON the last.
     *
     * @return their names, the first few; none of a config that is not JSON
     */
    public List<String> repeatedKeys() {
        try {
            return LibxlJson.repeated(bytes.all());
        } catch (IOException e) {
            return List.of();
        }
    }

    /**
     * Makes a config.
     *
     * @param json the object
     * @return the config with the layout that libxl gives it
     */
    public static Config of(ObjectNode json) {
        return new Config(
                Fault.NO_OFFSET, ByteRun.of(MemorySegment.ofArray(LibxlJson.print(json))));
    }

    @Override
    public Config detach() throws IOException {
        return new Config(offset, bytes.detach());
    }

    @Override
    public String label() {
        return "config";
    }
}
