package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.INTEGER;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.RECORD_TYPE;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.page.PageMatch;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageSelection;
import org.xenimage.image.page.PageView;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.script.policy.HeaderKeys;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.tree.TreeDiff;
import org.xenimage.script.tree.TreeEdit;
import org.xenimage.tools.index.ImageIndex;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code image}: a whole image, any part of it at any time, as a session sees and edits it.
 *
 * <p>What a piece of code edits is taken over by {@link #settle} when the piece has ended well, and dropped by
 * {@link #revert} when it has not. On the script's thread.
 */
public final class ImageHandle {
    private static final int FOUND_MAX = 65_536;
    private static final int FOUND_USUAL = 1024;
    private static final int PFNS_MAX = 1 << 20;

    private static final Setting CONSOLE = Setting.NONE;

    private static final ScriptType MATCH =
            new ScriptType.Keyed(
                    ObjectType.keys(
                            "ImageMatch",
                            "Where a search of an image found something.",
                            MemberType.key("pfn", NUMBER, true, "The page frame number."),
                            MemberType.key(
                                    "offset",
                                    NUMBER,
                                    true,
                                    "In bytes from the start of the page.")));

    private static final ScriptType XL_HEADER =
            spelled(
                    "XlHeader",
                    "The header of an xl save file.",
                    MemberType.key("byteOrder", STRING, true, "LITTLE_ENDIAN or BIG_ENDIAN."),
                    MemberType.key(
                            "mandatoryFlags", NUMBER, true, "Flags that a reader must know."),
                    MemberType.key(
                            "optionalFlags", NUMBER, true, "Flags that a reader may ignore."));

    private static final ScriptType LIBXL_HEADER =
            spelled(
                    "LibxlHeader",
                    "The header of the libxl stream.",
                    MemberType.key("version", NUMBER, true, "The version of the stream."),
                    MemberType.key("options", NUMBER, true, "The flags of the stream."));

    private static final ScriptType LIBXC_HEADER =
            spelled(
                    "LibxcHeader",
                    "The headers of the libxc stream and of the domain.",
                    MemberType.key("version", NUMBER, true, "The version of the stream."),
                    MemberType.key("options", NUMBER, true, "The flags of the stream."),
                    MemberType.key("type", NUMBER, true, "1 for PV, 2 for HVM and PVH."),
                    MemberType.key(
                            "pageShift", NUMBER, true, "The binary logarithm of the page size."),
                    MemberType.key("xenMajor", NUMBER, true, "The major version of Xen."),
                    MemberType.key("xenMinor", NUMBER, true, "The minor version of Xen."));

    private static final ScriptType HEADER =
            spelled(
                    "ImageHeader",
                    "The headers of the image, by layer.",
                    MemberType.key("xl", XL_HEADER, false, "The header of the xl save file."),
                    MemberType.key("libxl", LIBXL_HEADER, false, "The header of the libxl stream."),
                    MemberType.key(
                            "libxc", LIBXC_HEADER, false, "The headers of the libxc stream."));

    private static final ScriptType VCPU =
            new ScriptType.Keyed(
                    ObjectType.keys(
                                    "Vcpu",
                                    "The registers of a vCPU by the names of Xen's headers.",
                                    MemberType.key("id", NUMBER, true, "The number of the vCPU."),
                                    MemberType.key(
                                            "rip", INTEGER, false, "The instruction pointer."),
                                    MemberType.key(
                                            "eip",
                                            INTEGER,
                                            false,
                                            "The instruction pointer of a PV guest of 32 bits."),
                                    MemberType.key(
                                            "cr3", INTEGER, false, "The root of the page tables."))
                            .open(INTEGER));

    static final Signature RECORD =
            Signature.of(
                    "record",
                    new ScriptType.Ref("XenRecord"),
                    CallParameter.required("type", RECORD_TYPE, "the name of the type"),
                    CallParameter.optional("index", NUMBER, "which of several; 0 if absent"));

    static final Signature PAGE =
            Signature.of(
                    "page",
                    new ScriptType.Ref("Page"),
                    CallParameter.required("pfn", NUMBER, "the page frame number"));

    static final Signature FIND = Patterns.find(MATCH);

    static final Members<ImageHandle> PAGES =
            Members.<ImageHandle>of("ImagePages", "image.pages", "The pages of the image, by PFN.")
                    .setting(CONSOLE)
                    .value("count", NUMBER, "How many pages there are.", self -> self.pages.count())
                    .example("image.pages.count")
                    .value(
                            "withContents",
                            NUMBER,
                            "How many pages have contents.",
                            self -> self.pages.withContents())
                    .example("image.pages.withContents", "image.pages.with_contents")
                    .value(
                            "types",
                            new ScriptType.MapOf(NUMBER),
                            "How many pages there are of each type.",
                            ImageHandle::types)
                    .example("image.pages.types.NOTAB", "image.pages.types['NOTAB']")
                    .function(
                            Signature.of(
                                    "pfns",
                                    ScriptType.list(NUMBER),
                                    Patterns.ANY_TYPES,
                                    Patterns.PFN_FROM,
                                    Patterns.PFN_TO),
                            "The page frame numbers of the pages that meet all conditions.",
                            ImageHandle::pfns)
                    .example(
                            "image.pages.pfns({ types: 'NOTAB', pfnTo: 0x1000 }).length",
                            "len(image.pages.pfns(types='NOTAB', pfn_to=0x1000))")
                    .function(
                            Signature.of(
                                    "select",
                                    ScriptType.list(NUMBER),
                                    Patterns.ANY_TYPES,
                                    Patterns.PFN_FROM,
                                    Patterns.PFN_TO,
                                    Patterns.WHETHER_ZERO,
                                    Patterns.CONTAINS),
                            "The page frame numbers of the pages that meet all conditions, contents included.",
                            ImageHandle::select)
                    .example(
                            "image.pages.select({ zero: true }).length",
                            "len(image.pages.select(zero=True))")
                    .summary(self ->
                            "%d pages, %d with contents"
                                    .formatted(self.pages.count(), self.pages.withContents()))
                    .build();

    static final Members<ImageHandle> IMAGE =
            Members.<ImageHandle>of(
                            "Image",
                            "image",
                            "A whole image, any part of it at any time: what the console and javax.script see.")
                    .setting(CONSOLE)
                    .value(
                            "format",
                            STRING,
                            "The format of the file.",
                            self -> self.index.format().name())
                    .example("image.format")
                    .value("source", STRING, "The name of the file.", self -> self.index.name())
                    .example("image.source")
                    .value(
                            "size",
                            NUMBER,
                            "The size of the file in bytes; 0 if it is not known.",
                            self -> self.index.size().orElse(0))
                    .example("image.size")
                    .value(
                            "guest",
                            ScriptType.orNull(HeaderKeys.GUEST),
                            "The type of guest.",
                            self -> orNull(self.facts.guest()))
                    .example("image.guest")
                    .value(
                            "xen",
                            ScriptType.orNull(STRING),
                            "The version of Xen that saved the image, such as 4.17.",
                            self -> orNull(self.facts.xen()))
                    .example("image.xen")
                    .value(
                            "name",
                            ScriptType.orNull(STRING),
                            "The name of the domain.",
                            self -> self.facts.name().orElse(null))
                    .example("image.name")
                    .value(
                            "uuid",
                            ScriptType.orNull(STRING),
                            "The UUID of the domain, in lowercase.",
                            self -> self.facts.uuid().orElse(null))
                    .example("image.uuid")
                    .value(
                            "pageSize",
                            NUMBER,
                            "The size of a page in bytes.",
                            self -> self.facts.pageSize())
                    .example("image.pageSize", "image.page_size")
                    .value(
                            "libxcVersion",
                            NUMBER,
                            "The version of the libxc stream; 0 if the image has none.",
                            self -> self.facts.libxcVersion())
                    .example("image.libxcVersion", "image.libxc_version")
                    .value(
                            "fault",
                            ScriptType.orNull(STRING),
                            "Where and why the image could not be read to its end.",
                            self -> self.index.fault().map(f -> f.message()).orElse(null))
                    .example("image.fault")
                    .value("header", HEADER, "The headers, by layer.", ImageHandle::header)
                    .example(
                            "image.header.libxc?.xenMinor",
                            "image.header.get('libxc', {}).get('xen_minor')")
                    .value(
                            "config",
                            ScriptType.orNull(new ScriptType.Ref("Config")),
                            "The toolstack's config, to be edited in place.",
                            ImageHandle::config)
                    .example(
                            "image.config.c_info.name = 'web2'",
                            "image.config['c_info']['name'] = 'web2'")
                    .value(
                            "metadata",
                            ScriptType.orNull(new ScriptType.Ref("Metadata")),
                            "The site metadata, to be edited in place.",
                            ImageHandle::metadata)
                    .example("image.metadata['site.owner'] = 'alice'")
                    .value(
                            "records",
                            ScriptType.list(new ScriptType.Ref("XenRecord")),
                            "All records but page data, in the order of the image.",
                            ImageHandle::records)
                    .example(
                            "image.records.map((record) => record.type)",
                            "[record.type for record in image.records]")
                    .value(
                            "vcpus",
                            ScriptType.list(VCPU),
                            "The registers of each vCPU, whichever record they are in.",
                            ImageHandle::vcpus)
                    .example("image.vcpus[0]?.rip", "[vcpu.get('rip') for vcpu in image.vcpus]")
                    .value(
                            "pages",
                            new ScriptType.Ref("ImagePages"),
                            "The pages.",
                            self -> new View<>(PAGES, self, self.values, self.scope))
                    .example("image.pages.types")
                    .function(
                            RECORD,
                            "The first record of a type, or one of several.",
                            ImageHandle::record)
                    .example("image.record('X86_TSC_INFO').fields")
                    .function(PAGE, "One page.", ImageHandle::page)
                    .example("image.page(0x100).u64(0)")
                    .function(
                            FIND,
                            "Searches all pages for one of text, hex or bytes.",
                            ImageHandle::find)
                    .example(
                            "image.find({ text: 'TOKEN=', limit: 5 })",
                            "image.find(text='TOKEN=', limit=5)")
                    .summary(ImageHandle::summary)
                    .build();

    private final ImageIndex index;
    private final PageIndex pages;
    private final ImageFacts facts;
    private final Values values;
    private final StagedEdits edits;
    private final List<RecordFrame> original;
    private final Map<Long, WeakReference<LivePage>> live = new HashMap<>();
    private final Map<Long, LivePage> written = new TreeMap<>();
    private Scope scope;
    private @Nullable Value configGiven;
    private @Nullable JsonNode configShown;
    private @Nullable Value metadataGiven;
    private @Nullable JsonNode metadataShown;
    private @Nullable List<Item> items;

    /**
     * An image in the hands of a session.
     *
     * @param index of the image
     * @param facts about it
     * @param values bridge to the script that sees it
     * @param edits takes what the session edits
     */
    public ImageHandle(ImageIndex index, ImageFacts facts, Values values, StagedEdits edits) {
        this.index = index;
        this.pages = index.pages();
        this.facts = facts;
        this.values = values;
        this.edits = edits;
        this.original =
                index.elements().stream()
                        .filter(RecordFrame.class::isInstance)
                        .map(RecordFrame.class::cast)
                        .toList();
        this.scope = newScope();
    }

    /** One record of the list: where it belongs in the image, and whether it still is the image's own. */
    private static final class Item {
        private final int anchor;
        private final RecordHandle edit;
        private final Object value;
        private boolean own;

        Item(int anchor, RecordFrame frame, boolean own, Values values, Scope scope) {
            this.anchor = anchor;
            this.edit = new RecordHandle(frame, values, scope);
            this.value = edit.value();
            this.own = own;
        }
    }

    /** A page that a script may hold on to. */
    private record LivePage(PageView view, Object value, MemorySegment data) {}

    private static ScriptType spelled(String name, String doc, MemberType... keys) {
        return new ScriptType.Keyed(ObjectType.keys(name, doc, keys).spelled());
    }

    private static Scope newScope() {
        return new Scope("an undo, or code that failed", "get it from image again");
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    /** {@return what the script is given} */
    public Object value() {
        return new View<>(IMAGE, this, values, new Scope("the session"));
    }

    private String summary() {
        return "image %s: %s %s%s, %d records, %d pages"
                .formatted(
                        index.name(),
                        index.format().name(),
                        facts.guest(),
                        facts.name().map(name -> " " + name).orElse(""),
                        items().size(),
                        pages.count());
    }

    private JsonNode header() {
        ObjectNode header = JsonNodeFactory.instance.objectNode();
        index.first(XlHeader.class)
                .ifPresent(xl ->
                        header.putObject("xl")
                                .put("byteOrder", xl.order().toString())
                                .put("mandatoryFlags", Integer.toUnsignedLong(xl.mandatoryFlags()))
                                .put("optionalFlags", Integer.toUnsignedLong(xl.optionalFlags())));
        index.first(LibxlHeader.class)
                .ifPresent(libxl ->
                        header.putObject("libxl")
                                .put("version", libxl.version())
                                .put("options", Integer.toUnsignedLong(libxl.options())));
        index.first(LibxcHeader.class)
                .ifPresent(libxc ->
                        header.putObject("libxc")
                                .put("version", libxc.version())
                                .put("options", Short.toUnsignedInt(libxc.options()))
                                .put("type", Integer.toUnsignedLong(libxc.type()))
                                .put("pageShift", Short.toUnsignedInt(libxc.pageShift()))
                                .put("xenMajor", Integer.toUnsignedLong(libxc.xenMajor()))
                                .put("xenMinor", Integer.toUnsignedLong(libxc.xenMinor())));
        return spelled(header);
    }

    /** Names of the host in a tree, as the language spells names. */
    private JsonNode spelled(ObjectNode tree) {
        ObjectNode made = JsonNodeFactory.instance.objectNode();
        for (var property : tree.properties())
            made.set(
                    values.spell(property.getKey()),
                    property.getValue() instanceof ObjectNode inner
                            ? spelled(inner)
                            : property.getValue());
        return made;
    }

    @Nullable Object config() throws IOException {
        if (configGiven == null) {
            Optional<Config> config = index.first(Config.class);
            if (config.isEmpty()) return null;
            JsonNode summary =
                    edits.config().isPresent() ? edits.config().get() : config.get().json();
            configShown = summary;
            configGiven = values.asValue(summary);
        }
        return configGiven;
    }

    @Nullable Object metadata() throws IOException {
        if (metadataGiven == null) {
            Optional<SiteMetadata> metadata = index.first(SiteMetadata.class);
            if (metadata.isEmpty()) return null;
            JsonNode summary =
                    edits.metadata().isPresent() ? edits.metadata().get() : metadata.get().json();
            metadataShown = summary;
            metadataGiven = values.asValue(summary);
        }
        return metadataGiven;
    }

    private List<Item> items() {
        if (items != null) return items;
        List<Item> made = new ArrayList<>(original.size());
        for (int anchor = 0; anchor < original.size(); anchor++) {
            RecordFrame own = original.get(anchor);
            Optional<List<Optional<RecordFrame>>> staged = edits.records(anchor);
            if (staged.isEmpty()) {
                made.add(new Item(anchor, own, true, values, scope));
                continue;
            }
            for (Optional<RecordFrame> slot : staged.get())
                made.add(new Item(anchor, slot.orElse(own), slot.isEmpty(), values, scope));
        }
        items = made;
        return made;
    }

    Object records() {
        return new Records(items().stream().map(item -> item.value).toList());
    }

    /** The records as a list. */
    private record Records(List<Object> views) implements ProxyArray {
        @Override
        public Object get(long index) {
            if (index < 0 || index >= views.size())
                throw new ArrayIndexOutOfBoundsException("record " + index);
            return views.get((int) index);
        }

        @Override
        public void set(long index, Value value) {
            throw new ScriptRefusal("image.records cannot be assigned: use the record's replace");
        }

        @Override
        public long getSize() {
            return views.size();
        }

        @Override
        public String toString() {
            var lines = new StringBuilder();
            for (int i = 0; i < views.size(); i++)
                lines.append(i == 0 ? "" : "\n").append("%4d  %s".formatted(i, views.get(i)));
            return lines.toString();
        }
    }

    @Nullable Object record(Arguments arguments) {
        String type = arguments.text("type").orElseThrow(() -> arguments.refusal("needs a type"));
        long wanted = arguments.integer("index", 0, 0, Integer.MAX_VALUE);
        for (Item item : items())
            if (item.edit.frame().type().specName().equals(type) && wanted-- == 0)
                return item.value;
        throw arguments.refusal("type: the image has no such record " + type);
    }

    private JsonNode vcpus() throws IOException {
        ArrayNode vcpus = JsonNodeFactory.instance.arrayNode();
        for (Item item : items()) Registers.of(item.edit.frame()).forEach(vcpus::add);
        return vcpus;
    }

    private JsonNode types() {
        ObjectNode types = JsonNodeFactory.instance.objectNode();
        for (PageType type : PageType.values())
            if (pages.count(type) > 0) types.put(type.name(), pages.count(type));
        return types;
    }

    Object page(Arguments arguments) throws IOException {
        long pfn = arguments.integer("pfn", 0, PageBatch.PFN_MASK);
        if (!pages.has(pfn))
            throw arguments.refusal(
                    "pfn: the image has no page 0x"
                            + Long.toHexString(pfn)
                            + (pages.next(pfn) >= 0
                                    ? "; the next one is 0x" + Long.toHexString(pages.next(pfn))
                                    : ""));
        LivePage known = live.containsKey(pfn) ? live.get(pfn).get() : null;
        if (known != null) return known.value();
        live.values().removeIf(page -> page.get() == null);
        PageBatch batch = pages.batchOf(pfn, edits.overlay());
        PageView view = new PageView(batch);
        LivePage[] self = new LivePage[1];
        PageHandle page =
                new PageHandle(
                        view,
                        0,
                        new PageHandle.Writing() {
                            @Override
                            public void before(long written) {
                                edits.requireCapacity(pfn);
                            }

                            @Override
                            public void after(long changed, long bytes) {
                                written.put(pfn, self[0]);
                            }
                        });
        LivePage made = new LivePage(view, page.value(values, scope), batch.data());
        self[0] = made;
        live.put(pfn, new WeakReference<>(made));
        return made.value();
    }

    private static void stopIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) throw new ScriptRefusal("interrupted");
    }

    JsonNode find(Arguments arguments) throws IOException {
        int limit = (int) arguments.integer("limit", FOUND_USUAL, 1, FOUND_MAX);
        ArrayNode found = JsonNodeFactory.instance.arrayNode();
        for (PageMatch match :
                pages.find(
                                Patterns.pattern(arguments),
                                Patterns.selection(arguments, PageSelection.NORMAL),
                                limit,
                                edits.overlay(written()),
                                ImageHandle::stopIfInterrupted)
                        .found())
            found.addObject().put("pfn", match.pfn()).put("offset", match.offset());
        return found;
    }

    /** The pages that the running code has written so far. */
    private Map<Long, byte[]> written() {
        Map<Long, byte[]> contents = new HashMap<>();
        written.forEach(
                (pfn, page) -> contents.put(pfn, page.data().toArray(ValueLayout.JAVA_BYTE)));
        return contents;
    }

    private JsonNode pfns(Arguments arguments) {
        PageSelection selection = Patterns.selection(arguments, PageSelection.ALL);
        ArrayNode pfns = JsonNodeFactory.instance.arrayNode();
        for (long pfn = pages.next(selection.firstPfn());
                pfn >= 0 && pfn < selection.endPfn() && pfns.size() < PFNS_MAX;
                pfn = pages.next(pfn + 1))
            if (selection.types().contains(pages.type(pfn))) pfns.add(pfn);
        return pfns;
    }

    private JsonNode select(Arguments arguments) throws IOException {
        PageSelection all = Patterns.selection(arguments, PageSelection.ALL);
        PageSelection narrowed = all;
        if (arguments.find("zero").isPresent())
            narrowed =
                    all.content(
                            arguments.flag("zero").orElse(false)
                                    ? PageSelection.Content.ZERO
                                    : PageSelection.Content.NOT_ZERO);
        Optional<PagePattern> contains = arguments.text("contains").map(PagePattern::ofText);
        PageSelection wanted = narrowed;
        ArrayNode pfns = JsonNodeFactory.instance.arrayNode();
        pages.batches(
                all,
                0,
                edits.overlay(written()),
                batch -> {
                    stopIfInterrupted();
                    PageView view = new PageView(batch);
                    var selected =
                            contains.isPresent()
                                    ? view.select(wanted, contains.get())
                                    : view.select(wanted);
                    selected.stream().forEach(i -> pfns.add(view.pfn(i)));
                    return pfns.size() < PFNS_MAX;
                });
        return pfns;
    }

    /**
     * Takes over what a piece of code edited.
     *
     * @param code that was run, for the history
     * @throws IOException if a record cannot be read
     */
    public void settle(String code) throws IOException {
        StagedEdits.Draft draft = edits.draft(code);
        if (configGiven != null && configShown != null) {
            TreeDiff.Outcome outcome =
                    TreeDiff.compare(configShown, values.tree(configGiven, "image.config"));
            if (!outcome.edits().isEmpty()) {
                ObjectNode config = object(outcome.tree(), "image.config");
                configShown = config;
                draft.config(config, changes("config", outcome));
            }
        }
        if (metadataGiven != null && metadataShown != null) {
            TreeDiff.Outcome outcome =
                    TreeDiff.compare(metadataShown, values.tree(metadataGiven, "image.metadata"));
            if (!outcome.edits().isEmpty()) {
                ObjectNode metadata = object(outcome.tree(), "image.metadata");
                metadataShown = metadata;
                draft.metadata(metadata, changes("site metadata", outcome));
            }
        }
        settleRecords(draft);
        for (var page : written.entrySet()) {
            byte[] before = new byte[PageBatch.PAGE_SIZE];
            pages.read(page.getKey(), MemorySegment.ofArray(before));
            draft.page(
                    page.getKey(), before, page.getValue().data().toArray(ValueLayout.JAVA_BYTE));
        }
        draft.take();
        written.clear();
    }

    private static ObjectNode object(JsonNode tree, String what) {
        if (tree instanceof ObjectNode object) return object;
        throw new ScriptRefusal(what + ": expected an object, found " + tree.getNodeType());
    }

    private static List<StagedEdits.Edit> changes(String element, TreeDiff.Outcome outcome) {
        List<StagedEdits.Edit> changes = new ArrayList<>();
        for (TreeEdit edit : outcome.edits())
            changes.add(new StagedEdits.Edit(element, edit.path(), edit.before(), edit.after()));
        return changes;
    }

    private static List<StagedEdits.Edit> changes(Item item, RecordHandle.Outcome outcome) {
        String element = item.edit.frame().label();
        return outcome.changes().stream()
                .map(change ->
                        new StagedEdits.Edit(
                                element, change.path(), change.before(), change.after()))
                .toList();
    }

    private void settleRecords(StagedEdits.Draft draft) throws IOException {
        if (items == null) return;
        Map<Item, RecordHandle.Outcome> outcomes = new HashMap<>();
        Map<Integer, List<StagedEdits.Edit>> changed = new TreeMap<>();
        for (Item item : items) {
            if (!item.edit.touched()) continue;
            RecordHandle.Outcome outcome = item.edit.outcome();
            if (outcome.changes().isEmpty()) continue;
            outcomes.put(item, outcome);
            changed.computeIfAbsent(item.anchor, _ -> new ArrayList<>())
                    .addAll(changes(item, outcome));
        }
        if (outcomes.isEmpty()) return;
        List<Item> now = new ArrayList<>();
        for (Item item : items) {
            RecordHandle.Outcome outcome = outcomes.get(item);
            if (outcome == null) {
                now.add(item);
                continue;
            }
            for (RecordFrame made : outcome.before())
                now.add(new Item(item.anchor, made, false, values, scope));
            if (outcome.frame().isPresent()) {
                boolean same = outcome.frame().get() == item.edit.frame();
                item.edit.take(outcome.frame().get());
                item.own &= same;
                now.add(item);
            }
            for (RecordFrame made : outcome.after())
                now.add(new Item(item.anchor, made, false, values, scope));
        }
        items = now;
        changed.forEach((anchor, changes) ->
                draft.records(
                        anchor,
                        now.stream()
                                .filter(item -> item.anchor == anchor)
                                .map(item ->
                                        item.own
                                                ? Optional.<RecordFrame>empty()
                                                : Optional.of(item.edit.frame()))
                                .toList(),
                        changes));
    }

    /** Drops what was not applied: new objects with the current edits are created on demand. */
    public void revert() {
        scope.close();
        scope = newScope();
        configGiven = null;
        metadataGiven = null;
        items = null;
        live.clear();
        written.clear();
    }
}
