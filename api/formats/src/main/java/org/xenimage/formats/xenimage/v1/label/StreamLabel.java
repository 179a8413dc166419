package org.xenimage.formats.xenimage.v1.label;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.xenimage.v1.read.ChunkedStream;
import org.xenimage.formats.xenimage.v1.read.NativeExtras;
import org.xenimage.formats.xenimage.v1.read.SeekableStream;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.seal.Provenance;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.section.SectionChange;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageLabel;
import org.xenimage.image.spi.ReadOptions;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.SortedMap;

/**
 * The label of an image in the streaming form that lies in a file: its chunks are skipped. It
 * cannot be changed.
 */
public final class StreamLabel implements ImageLabel {
    private final String name;
    private final Container container;
    private final NativeExtras extras;
    private final SortedMap<String, String> stamps;

    public StreamLabel(String name, FileChannel channel, ReadOptions options) throws IOException {
        this.name = name;
        ChunkedStream stream =
                ChunkedStream.open(ChannelSource.over(name, channel.position(0)), options);
        stream.passOver();
        this.container = stream.container();
        this.extras = stream.extras();
        this.stamps = extras.stamps(extras.parts());
    }

    private String digest() {
        return SeekableStream.hex(extras.digest());
    }

    @Override
    public Container container() {
        return container;
    }

    @Override
    public ObjectNode metadata() {
        return extras.metadata().deepCopy();
    }

    @Override
    public Provenance provenance() {
        return new Provenance(extras.chain().statements(), digest(), stamps);
    }

    @Override
    public <X extends Exception> void changeMetadata(MetadataChange<X> change) throws IOException {
        throw unchangeable();
    }

    @Override
    public List<SiteSection> sections() throws IOException {
        return extras.sections();
    }

    @Override
    public <X extends Exception> void changeSections(SectionChange<X> change, Statement.Draft draft)
            throws IOException {
        throw unchangeable();
    }

    @Override
    public void sign(Statement.Draft draft, SigningKey key) throws IOException {
        throw unchangeable();
    }

    private IOException unchangeable() {
        return new IOException(
                Fault.in(name)
                        .problem("is in the streaming form, which cannot be changed in place")
                        .remedy("xenimage convert --to native makes it seekable")
                        .message());
    }
}
