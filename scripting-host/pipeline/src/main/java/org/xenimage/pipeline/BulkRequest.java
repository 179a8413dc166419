package org.xenimage.pipeline;

import org.xenimage.image.io.RunFiles;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a bulk run is to do.
 *
 * @param inputs images, and folders of which everything is taken; links are followed
 * @param out the folder of the outputs: a file goes there by its own name, a file in a folder by
 *     its path within that folder
 * @param policies in their order; none copies and converts
 * @param context what policies know about the run; the source's name is that of each image
 * @param author words for the statement of provenance of images that have one, next to the policies
 * @param reading keys of encrypted images
 * @param files of the run: files claimed for reading are never written, and the images and outputs
 *     are claimed here
 * @param target the format to make; empty for that of each image
 * @param workers how many images to process at a time
 * @param choices beyond that
 * @param renewal gives the policies of each image in place of {@code policies}, which are those that are checked and
 *     stand in the journal; empty if they do not change
 */
public record BulkRequest(
        List<Path> inputs,
        Path out,
        List<Policy> policies,
        RunContext context,
        Statement.Draft author,
        ReadOptions reading,
        RunFiles files,
        Optional<Conversion.Target> target,
        int workers,
        Set<Choice> choices,
        Optional<PolicyRenewal> renewal) {
    /** Options beyond the defaults. */
    public enum Choice {
        /** Continue the run in the folder's journal. */
        RESUME,
        /**
         * Continue although the options differ from those that the run began with; keep what is
         * delivered.
         */
        OTHER_OPTIONS,
        /** Replace existing outputs, and forget an earlier run. */
        REPLACE,
        /** Make images that Xen could not restore. */
        ALLOW_LOSS,
        /** Run the policies and write nothing. */
        DRY_RUN
    }

    /** Copies the collections. */
    public BulkRequest {
        inputs = List.copyOf(inputs);
        policies = List.copyOf(policies);
        choices = Set.copyOf(choices);
        if (workers < 1)
            throw new IllegalArgumentException("workers: at least 1, found " + workers);
    }

    /**
     * A request without keys, options and earlier run.
     *
     * @param inputs images, and folders of which everything is taken
     * @param out the folder of the outputs
     * @param policies in their order
     * @param context what policies know about the run
     * @param target the format to make; empty for that of each image
     * @param workers how many images to process at a time
     * @param choices beyond that
     */
    public BulkRequest(
            List<Path> inputs,
            Path out,
            List<Policy> policies,
            RunContext context,
            Optional<Conversion.Target> target,
            int workers,
            Set<Choice> choices) {
        this(
                inputs,
                out,
                policies,
                context,
                new Statement.Draft("rewrite", List.of(), "", "", ""),
                ReadOptions.DEFAULT,
                new RunFiles(),
                target,
                workers,
                choices,
                Optional.empty());
    }

    boolean has(Choice choice) {
        return choices.contains(choice);
    }
}
