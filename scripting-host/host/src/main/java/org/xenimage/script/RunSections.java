package org.xenimage.script;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.rewrite.SectionEditor;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SectionRoom;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sections of sites in one run: those of the image, as the policies that have ended left them.
 *
 * <p>They are read when the image has ended, because a stream has them after its pages. A policy that fails or is
 * skipped changes none of them: a stage hands over all that its policy did at once.
 */
final class RunSections implements SectionEditor {
    private @Nullable ImageReader source;
    private Facts facts = Facts.UNKNOWN;
    private SectionRegistry known = SectionRegistry.NONE;
    private @Nullable List<SiteSection> found;
    private @Nullable List<SiteSection> now;

    /**
     * What a policy may do with sections in a run.
     *
     * @param told whether the run was told of the sections of its image
     * @param source the name of the image's format
     * @param sourceRoom what that format holds
     * @param target the name of the format that is written
     * @param room what that format holds
     * @param heads the sections that are known before the image is read
     */
    record Facts(
            boolean told,
            String source,
            SectionRoom sourceRoom,
            String target,
            SectionRoom room,
            List<SectionHead> heads) {
        /** Nobody said. */
        static final Facts UNKNOWN =
                new Facts(false, "", SectionRoom.NONE, "", SectionRoom.NONE, List.of());

        Facts {
            heads = List.copyOf(heads);
        }

        Facts with(List<SectionHead> others) {
            return new Facts(told, source, sourceRoom, target, room, others);
        }

        /** Why a section cannot be added, if it cannot. */
        Optional<String> refusal(SectionHead made) {
            if (!told)
                return Optional.of(
                        "cannot add a section: this run was not told of the sections of its image");
            if (room == SectionRoom.NONE)
                return Optional.of(
                        ("cannot add the section %s: the image is written as %s, which has no place"
                                        + " for sections; write it as native")
                                .formatted(made.name(), target));
            if (made.mandatory() && room == SectionRoom.MANDATORY_FIRST)
                return Optional.of(mandatory("cannot add the mandatory section", made.name()));
            for (SectionHead head : heads)
                if (head.name().equals(made.name()))
                    return Optional.of(
                            ("cannot add the section %s: the image already has one of this name;"
                                            + " edit it in the hook for sections")
                                    .formatted(made.name()));
            List<SectionHead> all = new ArrayList<>(heads);
            all.add(made);
            return SectionHead.problemTogether(all)
                    .map(problem -> "cannot add the section " + made.name() + ": " + problem);
        }

        /** Why a section cannot become what a hook made of it, if it cannot; nothing made drops it. */
        Optional<String> refusal(SectionHead before, Optional<SectionHead> after) {
            boolean kept = after.isPresent() && after.get().mandatory() == before.mandatory();
            if (kept || room != SectionRoom.MANDATORY_FIRST) return Optional.empty();
            if (!before.mandatory() && after.isEmpty()) return Optional.empty();
            return Optional.of(
                    after.isEmpty()
                            ? mandatory("cannot drop the mandatory section", before.name())
                            : mandatory(
                                    "cannot change whether a section is mandatory:",
                                    before.name()));
        }

        private String mandatory(String what, String name) {
            return ("%s %s: %s names its mandatory sections before its pages, which are already written;"
                            + " write it as native")
                    .formatted(what, name, target);
        }
    }

    RunSections() {}

    /** In a policy's own process, which the host tells of them. */
    void relay(Facts host) {
        facts = host;
    }

    /** In a policy's own process: what the host knows of their fields. */
    void relay(SectionRegistry host) {
        known = host;
    }

    /** What the reader of the image was told of sections. */
    SectionRegistry known() {
        return known;
    }

    @Override
    public void begin(ImageReader image, ImageFormat target) {
        source = image;
        known = image.extras().known();
        found = null;
        now = null;
        ImageFormat format = image.format();
        facts =
                new Facts(
                        true,
                        format.name(),
                        format.sectionRoom(),
                        target.name(),
                        target.sectionRoom(),
                        List.of());
    }

    /** Has the same image as another run, with nothing edited yet. */
    void follow(RunSections other) {
        source = other.source;
        known = other.known;
        facts = other.facts;
        found = null;
        now = null;
    }

    /** What is known now; in a seekable image, all heads. */
    Facts facts() throws IOException {
        if (now != null) return facts.with(heads(now));
        if (source != null && facts.sourceRoom() == SectionRoom.ANY)
            return facts.with(source.extras().sectionHeads());
        return facts;
    }

    /** The sections now; only after the image has ended. */
    List<SiteSection> current() throws IOException {
        if (now == null) {
            found = source == null ? List.of() : source.extras().sections();
            now = found;
        }
        return now;
    }

    /** The sections as the image has them; only after the image has ended. */
    List<SiteSection> original() throws IOException {
        current();
        return found == null ? List.of() : found;
    }

    /** Whether a policy changed any. */
    boolean edited() {
        return now != null && !now.equals(found);
    }

    /** Takes what a policy made of them. */
    void take(List<SiteSection> made) {
        now = List.copyOf(made);
    }

    @Override
    public List<SiteSection> apply(List<SiteSection> sections) {
        return now == null ? sections : now;
    }

    static List<SectionHead> heads(List<SiteSection> sections) {
        return sections.stream().map(SiteSection::head).toList();
    }
}
