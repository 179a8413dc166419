package org.xenimage.tools.dump;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.seal.Sha256;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/**
 * The two files of a dump, and what its writer and its reader agree on: the words in them, and
 * their bounds.
 */
public final class DumpFiles {
    /** The name of the file with the elements, as JSON. */
    public static final String IMAGE = "image.json";

    /**
     * The name of the file with the contents of pages, one after the other, in stream order; zero
     * pages are holes.
     */
    public static final String PAGES = "pages.bin";

    static final String SCHEMA = "xenimage-dump";

    /** Of the schema; a reader refuses any other. */
    static final int VERSION = 1;

    /** The member after the elements: sections of sites, if there are any. */
    static final String SECTIONS = "sections";

    static final String XL_HEADER = "xl-header";
    static final String LIBVIRT_HEADER = "libvirt-header";
    static final String XENOPSD_HEADER = "xenopsd-header";
    static final String CONFIG = "config";
    static final String SITE_METADATA = "site-metadata";
    static final String LIBXL_HEADER = "libxl-header";
    static final String LIBXC_HEADER = "libxc-header";
    static final String RECORD = "record";
    static final String PAGE_BATCH = "pages";
    static final String END = "end";
    static final String TRAILING = "trailing";

    static final String BIG_ENDIAN = "big";
    static final String LITTLE_ENDIAN = "little";

    /**
     * Longer bodies are written only as bytes: as named values they would be trees of millions of
     * nodes.
     */
    static final int FIELDS_BODY_MAX = 1 << 20;

    /** The depth of a config at maximum depth, which is some levels below the top here. */
    private static final int DEPTH_MAX = StreamReadConstraints.DEFAULT_MAX_DEPTH + 10;

    private static final JsonFactory FACTORY =
            new JsonFactoryBuilder()
                    // The names in a hostile file would stay in the JVM's table for good.
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxStringLength(
                                            Math.toIntExact(2 * RecordFrame.BODY_LENGTH_MAX))
                                    .maxNestingDepth(DEPTH_MAX)
                                    .build())
                    .streamWriteConstraints(
                            StreamWriteConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
                    .build();

    /** Reads and writes both files of JSON; a config's fractions keep their digits. */
    static final JsonMapper JSON =
            JsonMapper.builder(FACTORY)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();

    private DumpFiles() {}

    static String hex(MemorySegment bytes) {
        return HexFormat.of().formatHex(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    static String sha256(byte[] bytes) {
        return Sha256.text(bytes);
    }
}
