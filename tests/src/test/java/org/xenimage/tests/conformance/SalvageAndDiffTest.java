package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.tools.diff.Difference;
import org.xenimage.tools.diff.ImageContent;
import org.xenimage.tools.diff.ImageDiff;
import org.xenimage.tools.salvage.Salvage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** Recovery and comparison of images that real Xens saved. */
class SalvageAndDiffTest {
    private static final Images IMAGES = Images.load();

    @TempDir private Path folder;

    private static ImageFormat format(String name) {
        return IMAGES.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Path convert(Path image, String format) throws IOException {
        Path to = folder.resolve(format);
        try (var reader = IMAGES.open(ChannelSource.open(image));
                var writer = format(format).write(ChannelSink.create(to))) {
            reader.drainTo(writer);
        }
        return to;
    }

    private static ImageContent content(Path image) throws IOException {
        try (var reader = IMAGES.open(ChannelSource.open(image))) {
            return ImageDiff.read(reader);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"417-pv1.save", "417-pvh1.save", "417-hvm1.save", "414-pv.migrate.fwd"})
    void anImageSaysTheSameInEveryRestorableFormat(String name) throws IOException {
        Path image = RealImages.file(name);
        ImageContent first = content(image);
        for (String format : List.of("native", "native-stream")) {
            ImageDiff diff = ImageDiff.compare(first, content(convert(image, format)));
            assertTrue(diff.same(), () -> format + ": " + diff.differences());
        }
    }

    @Test
    void anEditOfTheConfigIsTheOnlyDifference() throws IOException {
        Path image = RealImages.file("417-pv1.save");
        Path edited = folder.resolve("edited");
        try (var reader = IMAGES.open(ChannelSource.open(image));
                var writer = reader.format().write(ChannelSink.create(edited))) {
            while (reader.advance(
                    element -> {
                        if (element instanceof Config config) {
                            ObjectNode json = config.json().deepCopy();
                            json.withObject("/c_info").put("name", "renamed");
                            writer.accept(Config.of(json));
                        } else {
                            writer.accept(element);
                        }
                    })) {}
            writer.end();
        }
        ImageDiff diff = ImageDiff.compare(content(image), content(edited));
        assertEquals(
                List.of("c_info.name"), diff.differences().stream().map(Difference::path).toList());
        assertTrue(diff.pageCounts().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"417-pv1.save, xl", "417-pv1.save, native", "417-pvh1.save, native-stream"})
    void halfOfAnImageHasThePagesThatPrecedeTheCut(String name, String form) throws IOException {
        Path image = RealImages.file(name);
        Path complete = form.equals("xl") ? image : convert(image, form);
        Path cut = Files.copy(complete, folder.resolve("cut"));
        try (FileChannel file = FileChannel.open(cut, StandardOpenOption.WRITE)) {
            file.truncate(file.size() / 2);
        }
        Salvage salvage =
                Salvage.survey(
                        IMAGES,
                        () -> ChannelSource.open(cut),
                        Optional.empty(),
                        ReadOptions.DEFAULT);
        assertTrue(salvage.report().pages() > 4000, salvage.report()::toString);
        Path partial = folder.resolve("partial");
        salvage.write(format("native"), ChannelSink.create(partial), WriteOptions.DEFAULT);
        ImageDiff diff = ImageDiff.compare(content(image), content(partial));
        assertTrue(
                !diff.pageCounts().containsKey(org.xenimage.tools.diff.PageDifference.Kind.CONTENT),
                () -> "invented content: " + diff.pageCounts());
    }
}
