package org.xenimage.console;

import org.xenimage.image.Images;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.script.HostOptions;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.RunContext;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a console works with.
 *
 * @param images that know the image's format
 * @param image the file
 * @param reading keys, if it is encrypted
 * @param language of the code
 * @param code the limits of each piece of code, and the library
 * @param policies the limits of policies of a dry run
 * @param run what policies of a dry run know about the run
 * @param destination where new images go
 * @param screen escapes what a terminal would obey
 * @param files of the run: what the console reads is never written
 * @param colours whether a terminal may be given colours
 * @param unicode whether the terminal shows more than ASCII
 * @param greeting whether a conversation begins with a line about the image
 * @param history where the lines of former sessions are; not kept if empty
 */
public record Setup(
        Images images,
        Path image,
        ReadOptions reading,
        Language language,
        HostOptions code,
        HostOptions policies,
        RunContext run,
        ImageDestination destination,
        Screen.Maker screen,
        RunFiles files,
        boolean colours,
        boolean unicode,
        boolean greeting,
        Optional<Path> history) {}
