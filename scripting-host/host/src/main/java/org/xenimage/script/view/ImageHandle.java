package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.engine.Values;
import org.xenimage.script.policy.HeaderKeys;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.tools.index.ImageIndex;

import java.io.IOException;
import java.util.Optional;

/**
 * {@code image}: a whole image, any part of it at any time, as a session sees and edits it.
 *
 * <p>What a piece of code edits is taken over by {@link #settle} when the piece has ended well, and dropped by
 * {@link #revert} when it has not. On the script's thread.
 */
public final class ImageHandle {
    static final Members<ImageHandle> IMAGE =
            Members.<ImageHandle>of(
                            "Image",
                            "image",
                            "A whole image, any part of it at any time: what the console and javax.script see.")
                    .setting(Setting.NONE)
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
                    .value(
                            "header",
                            ImageHeaders.HEADER,
                            "The headers, by layer.",
                            self -> ImageHeaders.of(self.index, self.values))
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
                            self -> self.records.list())
                    .example(
                            "image.records.map((record) => record.type)",
                            "[record.type for record in image.records]")
                    .value(
                            "vcpus",
                            ScriptType.list(ImageRecords.VCPU),
                            "The registers of each vCPU, whichever record they are in.",
                            self -> self.records.vcpus())
                    .example("image.vcpus[0]?.rip", "[vcpu.get('rip') for vcpu in image.vcpus]")
                    .value(
                            "pages",
                            new ScriptType.Ref("ImagePages"),
                            "The pages.",
                            self -> self.pages.value())
                    .example("image.pages.types")
                    .function(
                            ImageRecords.RECORD,
                            "The first record of a type, or one of several.",
                            (self, arguments) -> self.records.record(arguments))
                    .example("image.record('X86_TSC_INFO').fields")
                    .function(
                            ImagePages.PAGE,
                            "One page.",
                            (self, arguments) -> self.pages.page(arguments))
                    .example("image.page(0x100).u64(0)")
                    .function(
                            ImagePages.FIND,
                            "Searches all pages for one of text, hex or bytes.",
                            (self, arguments) -> self.pages.find(arguments))
                    .example(
                            "image.find({ text: 'TOKEN=', limit: 5 })",
                            "image.find(text='TOKEN=', limit=5)")
                    .summary(ImageHandle::summary)
                    .build();

    private final ImageIndex index;
    private final ImageFacts facts;
    private final Values values;
    private final StagedEdits edits;
    private final LiveTree config;
    private final LiveTree metadata;
    private final ImageRecords records;
    private final ImagePages pages;
    private Scope scope = newScope();

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
        this.facts = facts;
        this.values = values;
        this.edits = edits;
        this.config = new LiveTree("image.config", "config", values);
        this.metadata = new LiveTree("image.metadata", "site metadata", values);
        this.records = new ImageRecords(index, values, edits, scope);
        this.pages = new ImagePages(index.pages(), values, edits, scope);
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
                        records.count(),
                        pages.count());
    }

    @Nullable Object config() throws IOException {
        if (config.isGiven()) return config.value();
        Optional<Config> own = index.first(Config.class);
        if (own.isEmpty()) return null;
        return config.give(edits.config().isPresent() ? edits.config().get() : own.get().json());
    }

    @Nullable Object metadata() throws IOException {
        if (metadata.isGiven()) return metadata.value();
        Optional<SiteMetadata> own = index.first(SiteMetadata.class);
        if (own.isEmpty()) return null;
        return metadata.give(
                edits.metadata().isPresent() ? edits.metadata().get() : own.get().json());
    }

    /** The records. */
    ImageRecords records() {
        return records;
    }

    /** The pages. */
    ImagePages pages() {
        return pages;
    }

    /**
     * Takes over what a piece of code edited.
     *
     * @param code that was run, for the history
     * @throws IOException if a record cannot be read
     */
    public void settle(String code) throws IOException {
        StagedEdits.Draft draft = edits.draft(code);
        Optional<Config> own = index.first(Config.class);
        config.settle((tree, changes) -> {
            if (own.isPresent()) EditableConfig.require(own.get(), tree);
            draft.config(tree, changes);
        });
        metadata.settle(draft::metadata);
        records.settle(draft);
        pages.settle(draft);
        draft.take();
        pages.settled();
    }

    /** Drops what was not applied: new objects with the current edits are created on demand. */
    public void revert() {
        scope.close();
        scope = newScope();
        config.revert();
        metadata.revert();
        records.revert(scope);
        pages.revert(scope);
    }
}
