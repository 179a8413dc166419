package org.xenimage.image.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.foreign.BoundedXml;
import org.xenimage.image.foreign.TreeBudget;
import org.xenimage.image.io.HeapBounds;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The domain XML of libvirt as a tree with the names of the XML.
 *
 * <p>The tree is the content of the root, {@code <domain>}:
 *
 * <ul>
 *   <li>An attribute is a member whose name is {@code @} and its own: {@code "@type": "xen"}.
 *   <li>An element that has text only, and no attribute, is a text: {@code "name": "web1"}.
 *   <li>An element that has nothing is null: {@code "acpi": null}.
 *   <li>Any other element is an object; its text, if it has any, is the member {@code #text}:
 *       {@code "memory": {"@unit": "KiB", "#text": "40960"}}. Between elements, white space at its
 *       ends does not count.
 *   <li>Elements that the schema of libvirt lets occur several times are an array, also if there is
 *       one: {@code devices.disk[0].source}. So are others that do occur several times.
 *   <li>Comments, processing instructions and white space between elements are not in the tree.
 * </ul>
 *
 * <p>All values are texts, as in the XML.
 */
public final class DomainXml {
    /** What the names of attributes begin with. */
    static final String ATTRIBUTE = "@";

    /** The member for the text of an element that has attributes or elements as well. */
    static final String TEXT = "#text";

    static final String ROOT = "domain";

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** The elements that may occur several times, by their parent; of {@code devices} all but one. */
    private static final Map<String, Set<String>> REPEATED =
            Map.ofEntries(
                    Map.entry("bios", Set.of("entry")),
                    Map.entry("blkiotune", Set.of("device")),
                    Map.entry("clock", Set.of("timer")),
                    Map.entry("cpu", Set.of("feature")),
                    Map.entry(
                            "cputune",
                            Set.of(
                                    "vcpupin",
                                    "iothreadpin",
                                    "vcpusched",
                                    "iothreadsched",
                                    "cachetune",
                                    "memorytune")),
                    Map.entry(ROOT, Set.of("seclabel", "sysinfo")),
                    Map.entry("firmware", Set.of("feature")),
                    Map.entry("graphics", Set.of("listen", "channel")),
                    Map.entry("interface", Set.of("ip", "route")),
                    Map.entry("iothreadids", Set.of("iothread")),
                    Map.entry("numa", Set.of("cell")),
                    Map.entry("numatune", Set.of("memnode")),
                    Map.entry("os", Set.of("boot", "initarg", "initenv")),
                    Map.entry("qemu:commandline", Set.of("qemu:arg", "qemu:env")),
                    Map.entry("source", Set.of("host", "seclabel")),
                    Map.entry("vcpus", Set.of("vcpu")),
                    Map.entry("xen:commandline", Set.of("xen:arg")));

    private DomainXml() {}

    /** Whether elements of a name are an array in the tree, however many there are. */
    static boolean repeats(String parent, String name) {
        if (parent.equals("devices")) return !name.equals("emulator");
        return REPEATED.getOrDefault(parent, Set.of()).contains(name);
    }

    /**
     * Makes the tree.
     *
     * @param text in UTF-8
     * @param place of it, for messages
     * @return the content of the root
     * @throws ImageException a {@link CorruptImage} if this is not the XML of a domain, a
     *     {@link org.xenimage.image.fault.LimitExceeded} if it is too large or too deep
     */
    public static ObjectNode parse(MemorySegment text, Fault place) throws ImageException {
        var builder = new Builder();
        BoundedXml.walk(text, place, TreeBudget.here(), builder);
        if (!builder.root.equals(ROOT))
            throw new CorruptImage(
                    place.problem("is not the XML of a domain")
                            .expected("<" + ROOT + ">")
                            .found("<" + builder.root + ">"));
        return builder.tree;
    }

    /** An element that has begun and not ended. */
    private static final class Open {
        private final String name;
        private final ObjectNode members = NODES.objectNode();
        private final StringBuilder text = new StringBuilder();
        private boolean parent;

        Open(String name) {
            this.name = name;
        }

        JsonNode value() {
            String all = text.toString();
            boolean blank = all.isBlank();
            if (members.isEmpty()) return blank ? NODES.nullNode() : NODES.textNode(all);
            if (!blank) members.put(TEXT, parent ? all.strip() : all);
            return members;
        }
    }

    private static final class Builder implements BoundedXml.Visitor {
        private final Deque<Open> open = new ArrayDeque<>();
        private ObjectNode tree = NODES.objectNode();
        private String root = "";

        @Override
        public void start(String name, SequencedMap<String, String> attributes) {
            var element = new Open(name);
            attributes.forEach((key, value) -> element.members.put(ATTRIBUTE + key, value));
            open.push(element);
        }

        @Override
        public void text(String part) {
            Open element = open.peek();
            if (element != null) element.text.append(part);
        }

        @Override
        public void end() {
            Open ended = open.pop();
            JsonNode value = ended.value();
            Open parent = open.peek();
            if (parent == null) {
                root = ended.name;
                tree = ended.members;
                if (value.isTextual()) tree.set(TEXT, value);
                return;
            }
            parent.parent = true;
            add(parent.members, ended.name, value, repeats(parent.name, ended.name));
        }

        private static void add(ObjectNode to, String name, JsonNode value, boolean repeats) {
            @Nullable JsonNode there = to.get(name);
            if (there instanceof ArrayNode several) several.add(value);
            else if (there != null) to.putArray(name).add(there).add(value);
            else if (repeats) to.putArray(name).add(value);
            else to.set(name, value);
        }
    }

    /**
     * Looks up what libxl's JSON has too, under the names that it has there, and makes no tree.
     *
     * @param text in UTF-8
     * @param place of it, for messages
     * @param paths in libxl's JSON, such as {@code c_info/name}
     * @return the values that exist, by path
     * @throws ImageException if it is not well-formed
     */
    public static Map<String, String> find(MemorySegment text, Fault place, Set<String> paths)
            throws ImageException {
        var finder = new Finder();
        BoundedXml.walk(text, place, new TreeBudget(new HeapBounds(Long.MAX_VALUE)), finder);
        Map<String, String> found = finder.libxl();
        found.keySet().retainAll(paths);
        return found;
    }

    /** Takes the few values that say which domain this is. */
    private static final class Finder implements BoundedXml.Visitor {
        private static final int LENGTH_MAX = 4096;
        private static final Set<String> WANTED =
                Set.of("name", "uuid", "memory", "currentMemory", "vcpu", "os/type");
        private final List<String> path = new ArrayList<>();
        private final Map<String, String> values = new HashMap<>();
        private String at = "";

        @Override
        public void start(String name, SequencedMap<String, String> attributes) {
            if (path.size() < 4) path.add(name);
            else path.add("");
            at = path.size() < 4 ? String.join("/", path.subList(1, path.size())) : "";
            if (!WANTED.contains(at)) return;
            values.putIfAbsent(at, "");
            attributes.forEach((key, value) -> values.putIfAbsent(at + "@" + key, value));
        }

        @Override
        public void text(String part) {
            if (WANTED.contains(at) && values.getOrDefault(at, "").length() < LENGTH_MAX)
                values.merge(at, part, String::concat);
        }

        @Override
        public void end() {
            path.removeLast();
            at = path.isEmpty() ? "" : String.join("/", path.subList(1, path.size()));
        }

        Map<String, String> libxl() {
            Map<String, String> found = new HashMap<>();
            put(found, "c_info/name", values.getOrDefault("name", ""));
            put(found, "c_info/uuid", values.getOrDefault("uuid", ""));
            put(found, "b_info/max_vcpus", values.getOrDefault("vcpu", ""));
            put(
                    found,
                    "c_info/type",
                    DomainMapping.guestType(
                            values.getOrDefault("os/type", ""),
                            values.getOrDefault("os/type@machine", "")));
            memory("memory").ifPresent(kib -> found.put("b_info/max_memkb", kib));
            memory("currentMemory").ifPresent(kib -> found.put("b_info/target_memkb", kib));
            return found;
        }

        private java.util.Optional<String> memory(String name) {
            return DomainMapping.kibibytes(
                            values.getOrDefault(name, ""), values.getOrDefault(name + "@unit", ""))
                    .map(String::valueOf);
        }

        private static void put(Map<String, String> found, String path, String value) {
            if (!value.isBlank()) found.put(path, value.strip());
        }
    }

    /**
     * Edits the text. All bytes outside the edited values stay the same: comments, white space,
     * quotation marks, references, the order of elements and attributes.
     *
     * @param text the XML of a domain, and whatever follows it, such as a NUL
     * @param wanted the tree that it is to have
     * @param place of it, for messages
     * @return the text with that tree; the same bytes where nothing differs
     * @throws ImageException as {@link #parse}
     * @throws org.xenimage.image.layout.FieldRejected if XML cannot hold the tree
     */
    public static byte[] edit(byte[] text, ObjectNode wanted, Fault place) throws ImageException {
        ObjectNode before = parse(MemorySegment.ofArray(text), place);
        return new XmlEdit(text).apply(before, wanted);
    }

    /**
     * Prints a tree as libvirt prints a domain, with a NUL.
     *
     * @param tree of a domain
     * @return the text in UTF-8
     */
    public static byte[] print(ObjectNode tree) {
        return XmlEdit.print(tree);
    }
}
