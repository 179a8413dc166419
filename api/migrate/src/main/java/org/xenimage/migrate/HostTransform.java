package org.xenimage.migrate;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.UnsupportedFormat;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageReader;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Makes of an image what a host takes, while it is read: for a stream that is read once.
 *
 * <p>The records before the first page are held back, since they decide the version of the stream; the plan is made
 * from them and the host, and made again when a later record has more to say. The format of the image stays: a host
 * that does not read it refuses. What the host cannot take in any way is an {@link UnsupportedFormat}, wherever in
 * the image it comes; what was written until then must not be delivered. For one run, on one thread.
 */
public final class HostTransform implements ImageTransform {
    /** The most bytes that are held back; the policies of a guest have a few thousand. */
    private static final long HELD_MAX = 16L << 20;

    private final HostCapabilities host;
    private final Consumer<Plan.Fallback> told;
    private final NeedsInspection inspection;
    private final List<ImageElement> held = new ArrayList<>();
    private final Set<Plan.Step> known = new HashSet<>();
    private long heldBytes;
    private boolean holding;
    private long judged = -1;
    private int stream;
    private ImageTransform changes = ImageTransform.IDENTITY;

    /**
     * A transform for one image.
     *
     * @param image whose elements come
     * @param host that shall restore it
     * @param told takes each step down before it is made
     * @throws IOException if what the image says of itself cannot be read
     */
    public HostTransform(ImageReader image, HostCapabilities host, Consumer<Plan.Fallback> told)
            throws IOException {
        this.host = host;
        this.told = told;
        this.inspection = new NeedsInspection(image);
    }

    @Override
    public void accept(ImageElement element, ImageSink down) throws IOException {
        inspection.accept(element);
        if (element instanceof LibxcHeader && judged < 0) holding = true;
        if (holding && !endsStaticData(element)) {
            hold(element);
            return;
        }
        if (holding) release(down);
        if (judged >= 0 && inspection.learned() != judged) judge(false);
        changes.accept(element, down);
    }

    private static boolean endsStaticData(ImageElement element) {
        return element instanceof PageBatch
                || (element instanceof RecordFrame frame
                        && (frame.type().equals(RecordType.X86_PV_P2M_FRAMES)
                                || frame.type().equals(RecordType.END)));
    }

    private void hold(ImageElement element) throws IOException {
        if (element instanceof RecordFrame frame) heldBytes += frame.bodyLength() + 64;
        if (heldBytes > HELD_MAX)
            throw new LimitExceeded(
                    Fault.in(inspection.needs().source())
                            .at(element.offset())
                            .element(element.label())
                            .problem("has too much before the first page")
                            .expected("at most " + HELD_MAX + " bytes")
                            .found("more"));
        held.add(element.detach());
    }

    private void release(ImageSink down) throws IOException {
        holding = false;
        judge(true);
        for (ImageElement element : held) changes.accept(element, down);
        held.clear();
    }

    private void judge(boolean first) throws UnsupportedFormat {
        judged = inspection.learned();
        ImageNeeds needs = inspection.needs();
        Negotiation outcome = Judgement.inPlace(needs, host);
        switch (outcome) {
            case NoPlan none -> throw refused(needs, host, none);
            case Plan plan -> {
                if (!first && plan.form().stream() != stream) throw changed(needs, plan);
                stream = plan.form().stream();
                for (Plan.Fallback fallback : plan.fallbacks())
                    if (known.add(fallback.step())) told.accept(fallback);
                changes = plan.transform();
            }
        }
    }

    /** What comes after the pages asks for another version, but its header is out. */
    private UnsupportedFormat changed(ImageNeeds needs, Plan plan) {
        return new UnsupportedFormat(
                Fault.in(needs.source())
                        .problem("needs %s, which was found too late".formatted(plan.form()))
                        .remedy("save it first, then convert the file"));
    }

    /**
     * The failure of an image that a host takes in no form.
     *
     * @param needs of the image
     * @param host that refuses
     * @param none the outcome
     * @return what to throw; its message names what blocks the image's own form
     */
    public static UnsupportedFormat refused(ImageNeeds needs, HostCapabilities host, NoPlan none) {
        List<Blocker> blockers = none.candidates().getLast().blockers();
        for (NoPlan.Candidate candidate : none.candidates())
            if (candidate.blockers().size() < blockers.size()) blockers = candidate.blockers();
        return new UnsupportedFormat(
                Fault.in(needs.source())
                        .problem("cannot be made such that %s restores it".formatted(host.name()))
                        .found(
                                blockers.stream()
                                        .limit(3)
                                        .map(Blocker::toString)
                                        .collect(Collectors.joining("; ")))
                        .remedy("'xenimage can-restore' lists everything that blocks"));
    }

    @Override
    public void atEnd(ImageSink down) throws IOException {
        if (holding) release(down);
        if (judged < 0) judge(true);
    }
}
