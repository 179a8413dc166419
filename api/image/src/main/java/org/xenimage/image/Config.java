package org.xenimage.image;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The toolstack's configuration of the domain, as {@code xl} keeps it in the optional data of its header.
 *
 * <p>With {@link XlHeader#FLAG_JSON} it is the JSON of {@code libxl_domain_config}, ending in a NUL. It is parsed only
 * when somebody asks for it, and written anew only when it was changed; the writing reproduces the layout that libxl
 * gives it.
 *
 * @param offset of the config's first byte in its source
 * @param bytes as they stand, the NUL included
 */
public record Config(long offset, ByteRun bytes) implements ImageElement {
    /** What a config may be long: a thousand times what libxl writes. */
    public static final int LENGTH_MAX = 16 << 20;

    /**
     * Parses the JSON.
     *
     * @return the config, a copy that may be changed
     * @throws IOException a {@link CorruptImage} if it is no JSON object
     */
    public ObjectNode json() throws IOException {
        MemorySegment all = bytes.all();
        return LibxlJson.parse(all.toArray(ValueLayout.JAVA_BYTE), label(), offset);
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
    public String label() {
        return "config";
    }
}
