package org.xenimage.tests.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Verifier;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;
import org.xenimage.tests.testkit.Trickle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;

/** The xl layer is put down as a whole, and its lengths follow what it holds. */
class XlLayerTest {
    private static final byte[] PV = StreamBuilder.pv().memory(0).complete().bytes();

    @Test
    void aLongerConfigAndSiteMetadataAreCountedInTheHeader() throws IOException {
        ObjectNode config = JsonNodeFactory.instance.objectNode().put("note", "x".repeat(5000));
        ObjectNode site = JsonNodeFactory.instance.objectNode().put("site.owner", "Ann");
        byte[] written =
                through(
                        PV,
                        (element, down) -> {
                            if (element instanceof Config) down.accept(Config.of(config));
                            else if (element instanceof SiteMetadata) {
                                down.accept(SiteMetadata.of(site, ByteOrder.LITTLE_ENDIAN));
                            } else down.accept(element);
                        });
        through(
                written,
                (element, down) -> {
                    if (element instanceof Config read) assertEquals(config, read.json());
                    if (element instanceof SiteMetadata read) assertEquals(site, read.json());
                    down.accept(element);
                });
        List<Finding> findings = new ArrayList<>();
        var verifier = new Verifier("written", Reading.VERIFY, findings::add);
        try (var reader = Images.load().open(ChannelSource.over("in", Trickle.of(written, 100)))) {
            reader.drainTo(verifier);
        }
        assertEquals(List.of(), findings);
    }

    @Test
    void aTailThatNobodyKnowsIsKeptBehindNewSiteMetadata() throws IOException {
        byte[] bytes = StreamBuilder.pv().tail(new byte[] {9, 8, 7}).memory(0).complete().bytes();
        ObjectNode site = JsonNodeFactory.instance.objectNode().put("site.owner", "Ann");
        byte[] written = through(bytes, replacingMetadata(site));
        byte[] back = through(written, replacingMetadata(JsonNodeFactory.instance.objectNode()));
        assertArrayEquals(bytes, back);
    }

    @Test
    void withoutAConfigOtherOptionalDataWouldBeReadAsOne() {
        ObjectNode site = JsonNodeFactory.instance.objectNode().put("site.owner", "Ann");
        ImageTransform broken =
                (element, down) -> {
                    if (!(element instanceof Config)) replacingMetadata(site).accept(element, down);
                };
        assertThrows(CorruptImage.class, () -> through(PV, broken));
    }

    @Test
    void elementsOfTheXlLayerAreRefusedElsewhere() {
        assertThrows(
                CorruptImage.class,
                () ->
                        through(
                                PV,
                                (element, down) -> {
                                    if (!(element instanceof XlHeader)) down.accept(element);
                                }));
        byte[] bare = StreamBuilder.pv().from(Outermost.LIBXC).memory(0).complete().bytes();
        ImageElement config = Config.of(JsonNodeFactory.instance.objectNode());
        assertThrows(CorruptImage.class, () -> through(bare, (_, down) -> down.accept(config)));
        assertThrows(
                CorruptImage.class,
                () ->
                        through(
                                PV,
                                (element, down) -> {
                                    down.accept(element);
                                    down.accept(config);
                                }));
    }

    private static ImageTransform replacingMetadata(ObjectNode site) {
        return (element, down) ->
                down.accept(
                        element instanceof SiteMetadata old
                                ? SiteMetadata.of(site, old.order())
                                : element);
    }

    private static byte[] through(byte[] bytes, ImageTransform transform) throws IOException {
        var written = new ByteArrayOutputStream();
        try (var reader = Images.load().open(ChannelSource.over("in", Trickle.of(bytes, 4096)));
                var writer =
                        reader.format()
                                .write(ChannelSink.over("out", Channels.newChannel(written)))) {
            reader.drainTo(transform.onto(writer));
        }
        return written.toByteArray();
    }
}
