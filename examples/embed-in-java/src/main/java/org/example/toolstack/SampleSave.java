package org.example.toolstack;

import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An image with no Xen around. */
final class SampleSave {
    private SampleSave() {}

    static Path image() throws IOException {
        Path image = Files.createTempDirectory("toolstack").resolve("web1.save");
        var xl =
                Images.load().formats().stream()
                        .filter(format -> format.name().equals("xl"))
                        .findFirst()
                        .orElseThrow();
        try (ImageWriter writer = xl.write(ChannelSink.create(image))) {
            SampleImage.of(SampleGuest.PV).writeTo(writer);
        }
        return image;
    }
}
