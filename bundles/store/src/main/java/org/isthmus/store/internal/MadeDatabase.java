// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * An empty Derby database of the newest schema, made by the migrations when this bundle is built and carried in it. To copy
 * it takes a fraction of the two seconds in which Derby makes one and carries out every migration; and it is there whole or
 * not at all.
 */
public final class MadeDatabase {
    private static final String ZIP = "derby.zip";
    private static final String DIGEST = "migrations.sha256";

    private MadeDatabase() {}

    /**
     * Run by the build.
     *
     * @param arguments the folder of the migrations, where what is made is put beside them, and one to work in
     */
    public static void main(String[] arguments) throws IOException, SQLException {
        Path migrations = Path.of(arguments[0]);
        Path work = Path.of(arguments[1]);
        delete(work);
        Files.createDirectories(work);
        System.setProperty("derby.stream.error.file", work.resolve("derby.log").toString());
        Files.writeString(migrations.resolve(DIGEST), digest(migrations));
        Path database = work.resolve("isthmus");
        String url = "jdbc:derby:directory:" + database;
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url + ";create=true;territory=en_US");
        config.setAutoCommit(false);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            Migrations.apply(pool);
        }
        try {
            DriverManager.getConnection(url + ";shutdown=true").close();
            throw new IllegalStateException("Derby did not end");
        } catch (SQLException e) {
            if (!"08006".equals(e.getSQLState())) {
                throw e;
            }
        }
        pack(database, migrations.resolve(ZIP));
    }

    private static String digest(Path migrations) throws IOException {
        try (Stream<Path> all = Files.list(migrations)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            List<Path> inOrder = all.filter(file -> file.toString().endsWith(".sql"))
                    .sorted(Comparator.comparing(Path::getFileName))
                    .toList();
            for (Path each : inOrder) {
                digest.update((each.getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
                digest.update(Files.readAllBytes(each));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    private static void pack(Path database, Path zip) throws IOException {
        try (Stream<Path> all = Files.walk(database);
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
            for (Path each : all.filter(Files::isRegularFile).sorted().toList()) {
                out.putNextEntry(new ZipEntry(database.relativize(each).toString()));
                Files.copy(each, out);
            }
        }
    }

    /** What tells these migrations from those of any other build; empty where they were not built. */
    static Optional<String> migrations() {
        try (InputStream digest = resource(DIGEST)) {
            return digest == null
                    ? Optional.empty()
                    : Optional.of(new String(digest.readAllBytes(), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream resource(String name) {
        return MadeDatabase.class.getResourceAsStream("/org/isthmus/store/migration/" + name);
    }

    /** Puts it where no database is: on the disk before it has its name. */
    static void putWhereNoneIs(Path database) throws IOException {
        if (Files.exists(database) && !isEmpty(database)) {
            return;
        }
        Path parent = database.toAbsolutePath().getParent();
        Path beside = parent.resolve(database.getFileName() + ".new");
        delete(beside); // of a start that was killed
        Files.createDirectories(parent);
        unpack(beside);
        Files.move(beside, database, StandardCopyOption.ATOMIC_MOVE);
        sync(parent);
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.findAny().isEmpty();
        }
    }

    /** Puts it into a folder that is made for it. */
    public static void unpack(Path folder) throws IOException {
        Files.createDirectory(folder);
        try (ZipInputStream in = new ZipInputStream(resource(ZIP))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Path file = folder.resolve(entry.getName()).normalize();
                if (!file.startsWith(folder)) {
                    throw new IOException("Not a file of a database: " + entry.getName());
                }
                Files.createDirectories(file.getParent());
                try (FileOutputStream out = new FileOutputStream(file.toFile())) {
                    in.transferTo(out);
                }
            }
        }
        try (Stream<Path> all = Files.walk(folder)) {
            // when all are written: the first takes most of them along
            for (Path each : all.toList()) {
                sync(each);
            }
        }
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }
}
