package org.xenimage.migrate;

import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.record.RecordType;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What to make of an image so that a host takes it.
 *
 * @param form that the host takes
 * @param fallbacks what to change, each with its reason and its loss, in the order in which it is done; none if the
 *     host takes the image as it is
 * @param unjudged what was not judged
 */
public record Plan(Form form, List<Fallback> fallbacks, List<String> unjudged)
        implements Negotiation {
    /** Copies the lists. */
    public Plan {
        fallbacks = List.copyOf(fallbacks);
        unjudged = List.copyOf(unjudged);
    }

    /**
     * A form of an image.
     *
     * @param format such as {@code xl}
     * @param stream the version of the libxc stream within
     */
    public record Form(String format, int stream) {
        @Override
        public String toString() {
            return format + " with libxc stream version " + stream;
        }
    }

    /**
     * One step down from the image as it is.
     *
     * @param reasons what blocks without it; not empty
     * @param step what is done
     * @param loss what the guest, or its owner, no longer has
     */
    public record Fallback(List<Blocker> reasons, Step step, String loss) {
        /** Copies the list. */
        public Fallback {
            reasons = List.copyOf(reasons);
        }
    }

    /** A change of an image. */
    public sealed interface Step {
        /** {@return the change, in words} */
        String words();
    }

    /**
     * Another format around the stream: a conversion, not a transform.
     *
     * @param format to convert to
     */
    public record Repack(String format) implements Step {
        @Override
        public String words() {
            return "convert to " + format;
        }
    }

    /** Stream version 2 instead of 3. */
    public record ToVersionTwo() implements Step {
        @Override
        public String words() {
            return "write libxc stream version 2";
        }
    }

    /**
     * Features of CPUID that the guest shall not see.
     *
     * @param features by the names of {@code cpufeatureset.h}
     */
    public record HideFeatures(SortedSet<String> features) implements Step {
        /** Copies the set. */
        public HideFeatures {
            features = Collections.unmodifiableSortedSet(new TreeSet<>(features));
        }

        @Override
        public String words() {
            return "hide CPU features: " + String.join(" ", features);
        }
    }

    /**
     * The highest leaves that the CPUID policy may have; the policy's own where they are lower.
     *
     * @param basic of the basic leaves
     * @param feature the subleaf of leaf 7
     * @param extended of the extended leaves
     */
    public record LowerLeaves(long basic, long feature, long extended) implements Step {
        @Override
        public String words() {
            return "end CPUID at leaf 0x%x, leaf 0x7 at subleaf 0x%x, extended at 0x%x"
                    .formatted(basic, feature, extended);
        }
    }

    /**
     * MSRs of the MSR policy.
     *
     * @param bits by index, the bits that stay; an MSR that has none here is removed
     */
    public record LimitMsrs(SortedMap<Long, Long> bits) implements Step {
        /** Copies the map. */
        public LimitMsrs {
            bits = Collections.unmodifiableSortedMap(new TreeMap<>(bits));
        }

        @Override
        public String words() {
            return "limit the MSR policy to what the host has";
        }
    }

    /**
     * MSRs of the vCPUs that are left out.
     *
     * @param indices of the MSRs
     */
    public record DropVcpuMsrs(SortedSet<Long> indices) implements Step {
        /** Copies the set. */
        public DropVcpuMsrs {
            indices = Collections.unmodifiableSortedSet(new TreeSet<>(indices));
        }

        @Override
        public String words() {
            return "remove from the vCPUs MSR "
                    + String.join(" ", indices.stream().map("0x%x"::formatted).toList());
        }
    }

    /**
     * Records that are left out.
     *
     * @param types of the records
     */
    public record DropRecords(List<RecordType> types) implements Step {
        /** Copies the list. */
        public DropRecords {
            types = List.copyOf(types);
        }

        @Override
        public String words() {
            return "remove "
                    + String.join(", ", types.stream().map(type -> "record " + type).toList());
        }
    }

    /**
     * Entries of the HVM context that are cut at the end to the length that the host knows.
     *
     * @param lengths in bytes, by the name of the entry
     */
    public record TrimEntries(SequencedMap<String, Long> lengths) implements Step {
        /** Copies the map. */
        public TrimEntries {
            lengths = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(lengths));
        }

        @Override
        public String words() {
            return "shorten entries of HVM_CONTEXT: "
                    + String.join(
                            ", ",
                            lengths.entrySet().stream()
                                    .map(one ->
                                            "%s to %d bytes"
                                                    .formatted(one.getKey(), one.getValue()))
                                    .toList());
        }
    }

    /**
     * A transform that makes every change except the {@link Repack}, which a conversion makes.
     *
     * @return a new transform for one run; one that changes nothing if there is nothing to change
     */
    public ImageTransform transform() {
        return PlanTransform.of(this);
    }
}
