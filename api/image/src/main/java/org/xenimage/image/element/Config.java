package org.xenimage.image.element;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.config.DomainMapping;
import org.xenimage.image.config.DomainXml;
import org.xenimage.image.config.SuspendMapping;
import org.xenimage.image.config.SuspendRecord;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The toolstack's configuration of the domain.
 *
 * <p>After an {@link XlHeader} with {@link XlHeader#FLAG_JSON} it is the JSON of
 * {@code libxl_domain_config}, ending in a NUL. After a {@link LibvirtHeader} it is the XML of the
 * domain, ending in a NUL; its tree has the names of the XML, attributes as {@code @name}, text beside
 * them as {@code #text}, and arrays for what libvirt lets repeat. After a
 * {@link XenopsdHeader} it is the record of xenopsd, an s-expression. The
 * first character tells which of them it is. It is parsed on demand, and encoded again only where
 * it was changed.
 *
 * @param offset of the config's first byte in its source
 * @param bytes verbatim, with the NUL
 */
public record Config(long offset, ByteRun bytes) implements ImageElement {
    /** What a config may be long: a thousand times what libxl writes. */
    public static final int LENGTH_MAX = 16 << 20;

    /** In which language a config is written. */
    public enum Form {
        /** JSON, in libxl's words. */
        JSON,
        /** XML, in libvirt's words. */
        XML,
        /** An s-expression, the record of xenopsd. */
        SEXP
    }

    /**
     * The language, by the first character that is not white space; anything that does not begin as
     * XML is taken for JSON.
     *
     * @return the form
     * @throws IOException if the bytes cannot be read
     */
    public Form form() throws IOException {
        MemorySegment all = bytes.all();
        for (long at = 0; at < all.byteSize(); at++) {
            byte one = all.get(ValueLayout.JAVA_BYTE, at);
            if (one != ' ' && one != '\n' && one != '\r' && one != '\t')
                return switch (one) {
                    case '<' -> Form.XML;
                    case '(' -> Form.SEXP;
                    default -> Form.JSON;
                };
        }
        return Form.JSON;
    }

    /**
     * Parses the config.
     *
     * @return the config, a tree of the caller's own; {@link JsonNode#deepCopy} gives one to edit
     * @throws IOException a {@link CorruptImage} if it is neither a JSON object nor the XML of a
     *     domain, a {@link org.xenimage.image.fault.LimitExceeded} if its tree is too
     *     large for the heap
     */
    public JsonNode json() throws IOException {
        return switch (form()) {
            case JSON -> LibxlJson.parse(bytes.all(), place());
            case XML -> DomainXml.parse(bytes.all(), place());
            case SEXP -> SuspendRecord.parse(bytes.all(), place());
        };
    }

    /**
     * The config in libxl's words: of XML and of xenopsd's record, what they have in common with
     * libxl's JSON.
     *
     * @return a tree of the caller's own
     * @throws IOException as {@link #json}
     */
    public JsonNode inWordsOfLibxl() throws IOException {
        return switch (form()) {
            case JSON -> json();
            case XML -> DomainMapping.toLibxl(json()).config();
            case SEXP -> SuspendMapping.toLibxl(json()).config();
        };
    }

    private Fault place() {
        return LibxlJson.place(label(), offset);
    }

    /**
     * Looks up some strings and numbers without building a tree, so it needs little memory for a
     * config of any length, except for one of xenopsd. XML and xenopsd's record are asked for what they call by
     * other names.
     *
     * @param paths of values within nested objects of libxl's JSON, such as {@code c_info/name}
     * @return the values that exist, as text, by path
     * @throws IOException a {@link CorruptImage} if it is neither JSON nor XML
     */
    public Map<String, String> find(Set<String> paths) throws IOException {
        return switch (form()) {
            case JSON -> BoundedJson.find(bytes.all(), place(), paths);
            case XML -> DomainXml.find(bytes.all(), place(), paths);
            case SEXP -> found(inWordsOfLibxl(), paths);
        };
    }

    private static Map<String, String> found(JsonNode tree, Set<String> paths) {
        Map<String, String> found = new HashMap<>();
        for (String path : paths) {
            JsonNode value = tree.at("/" + path);
            if (value.isValueNode()) found.put(path, value.asText());
        }
        return found;
    }

    /**
     * Reads the config to its end, and makes no tree.
     *
     * @throws IOException a {@link CorruptImage} if it is neither a JSON object nor XML
     */
    public void check() throws IOException {
        switch (form()) {
            case JSON -> BoundedJson.check(bytes.all(), place());
            case XML -> DomainXml.find(bytes.all(), place(), Set.of());
            case SEXP -> SuspendRecord.parse(bytes.all(), place());
        }
    }

    /**
     * Edits the config. All bytes outside the edited values stay the same, including the order of
     * keys, number formats, invalid UTF-8 and duplicate keys.
     *
     * @param edited the object that the config is to hold, {@link #json} with changes
     * @return the config with these changes; this one if there are none
     * @throws IOException a {@link CorruptImage} if this config is neither a JSON object nor the XML
     *     of a domain
     * @throws org.xenimage.image.layout.FieldRejected if it is XML, which cannot hold that object
     */
    public Config edited(ObjectNode edited) throws IOException {
        byte[] before = bytes.all().toArray(ValueLayout.JAVA_BYTE);
        byte[] after =
                switch (form()) {
                    case JSON -> JsonText.edit(before, edited, label(), offset);
                    case XML -> DomainXml.edit(before, edited, place());
                    case SEXP -> SuspendRecord.edit(before, edited, place());
                };
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
            if (form() != Form.JSON) return List.of();
            return LibxlJson.repeated(bytes.all());
        } catch (IOException e) {
            return List.of();
        }
    }

    /**
     * Makes a config of xenopsd.
     *
     * @param suspended the tree of its record
     * @return the config
     * @throws org.xenimage.image.layout.FieldRejected if an s-expression cannot hold the tree
     */
    public static Config ofSuspended(ObjectNode suspended) {
        return new Config(
                Fault.NO_OFFSET, ByteRun.of(MemorySegment.ofArray(SuspendRecord.print(suspended))));
    }

    /**
     * Makes a config of libvirt.
     *
     * @param domain the tree of the XML
     * @return the config with the layout that libvirt gives it
     * @throws org.xenimage.image.layout.FieldRejected if XML cannot hold the tree
     */
    public static Config ofDomain(ObjectNode domain) {
        return new Config(
                Fault.NO_OFFSET, ByteRun.of(MemorySegment.ofArray(DomainXml.print(domain))));
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
