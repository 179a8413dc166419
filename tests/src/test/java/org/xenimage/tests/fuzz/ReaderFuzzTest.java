package org.xenimage.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;

import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.rewrite.Conversion.Target;
import org.xenimage.image.spi.WriteOptions.Compression;
import org.xenimage.tests.testkit.ForgedImage;

import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;

/** The readers of every format, and what is made of what they read. */
class ReaderFuzzTest {
    static Stream<byte[]> xlSeeds() {
        return SeedImages.xl();
    }

    @MethodSource("xlSeeds")
    @FuzzTest
    void xl(byte[] input) throws IOException {
        stream(input);
    }

    static Stream<byte[]> libvirtSeeds() {
        return SeedImages.libvirt();
    }

    @MethodSource("libvirtSeeds")
    @FuzzTest
    void libvirt(byte[] input) throws IOException {
        stream(input);
    }

    static Stream<byte[]> xenopsdSeeds() {
        return SeedImages.xenopsd();
    }

    @MethodSource("xenopsdSeeds")
    @FuzzTest
    void xenopsd(byte[] input) throws IOException {
        stream(input);
    }

    static Stream<byte[]> libxlSeeds() {
        return SeedImages.libxl();
    }

    @MethodSource("libxlSeeds")
    @FuzzTest
    void libxl(byte[] input) throws IOException {
        stream(input);
    }

    static Stream<byte[]> libxcSeeds() {
        return SeedImages.libxc();
    }

    @MethodSource("libxcSeeds")
    @FuzzTest
    void libxc(byte[] input) throws IOException {
        stream(input);
    }

    private static void stream(byte[] input) throws IOException {
        FuzzedImage image = FuzzedImage.of(input);
        boolean taken = image.read();
        image.readFromPipe();
        image.index();
        if (!taken) return;
        image.copy();
        image.throughNative(
                image.chance(2) ? Target.NATIVE_STREAM : Target.NATIVE, Compression.NONE);
    }

    static Stream<byte[]> nativeSeeds() throws IOException {
        return SeedImages.converted(Target.NATIVE, Compression.NONE);
    }

    @MethodSource("nativeSeeds")
    @FuzzTest
    void nativeFile(byte[] input) throws IOException {
        sealed(input).index();
    }

    static Stream<byte[]> nativeZstdSeeds() throws IOException {
        return SeedImages.converted(Target.NATIVE, Compression.ZSTD);
    }

    @MethodSource("nativeZstdSeeds")
    @FuzzTest
    void nativeZstd(byte[] input) throws IOException {
        sealed(input).index();
    }

    static Stream<byte[]> nativeStreamSeeds() throws IOException {
        return Stream.concat(
                SeedImages.converted(Target.NATIVE_STREAM, Compression.NONE),
                SeedImages.converted(Target.NATIVE_STREAM, Compression.ZSTD));
    }

    @MethodSource("nativeStreamSeeds")
    @FuzzTest
    void nativeStream(byte[] input) throws IOException {
        sealed(input).readFromPipe();
    }

    /** Under right checksums, or nothing would be read behind the first of them. */
    private static FuzzedImage sealed(byte[] input) throws IOException {
        FuzzedImage image = FuzzedImage.of(new ForgedImage(input).seal().bytes());
        if (!image.read()) return image;
        if (image.chance(2)) image.throughNative(Target.NATIVE_STREAM, Compression.NONE);
        else image.throughNative(Target.NATIVE, Compression.ZSTD);
        return image;
    }

    static Stream<byte[]> dumpCoreSeeds() throws IOException {
        return SeedImages.converted(Target.DUMP_CORE, Compression.NONE);
    }

    @MethodSource("dumpCoreSeeds")
    @FuzzTest
    void dumpCore(byte[] input) throws IOException {
        FuzzedImage image = FuzzedImage.of(input);
        if (!image.read()) return;
        image.index();
        image.copyContent(); // its ELF headers are written anew
        if (image.chance(2)) image.throughNative(Target.NATIVE, Compression.NONE);
        else image.toCore(Target.VMCORE);
    }

    static Stream<byte[]> coreSeeds() {
        return SeedImages.cores();
    }

    @MethodSource("coreSeeds")
    @FuzzTest
    void core(byte[] input) throws IOException {
        FuzzedImage image = FuzzedImage.of(input);
        image.toCore(image.chance(2) ? Target.VMCORE : Target.DUMP_CORE);
    }

    static Stream<byte[]> salvageSeeds() throws IOException {
        return Stream.of(
                        SeedImages.xl().map(SeedImages::damaged),
                        SeedImages.libxc().map(SeedImages::damaged),
                        SeedImages.converted(Target.NATIVE, Compression.NONE)
                                .map(SeedImages::damaged),
                        SeedImages.converted(Target.NATIVE_STREAM, Compression.NONE)
                                .map(SeedImages::damaged))
                .flatMap(seeds -> seeds);
    }

    @MethodSource("salvageSeeds")
    @FuzzTest
    void salvage(byte[] input) throws IOException {
        FuzzedImage.of(input).salvage(Optional.empty());
    }
}
