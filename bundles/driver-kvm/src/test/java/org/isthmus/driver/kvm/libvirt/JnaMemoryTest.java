// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A version of the driver that goes is not held by JNA, which stays. */
@Timeout(60)
final class JnaMemoryTest {
    @FieldOrder({"x", "y"})
    public static final class Point extends Structure {
        public int x;
        public int y;
    }

    public interface C extends Library {
        int getpid();
    }

    /** Uses JNA as the driver does: structures, and a library by an interface. */
    public static final class Version implements Supplier<Integer> {
        @Override
        public Integer get() {
            return new Point().size() + Native.load("c", C.class).getpid();
        }
    }

    /** Has classes of its own of this test's, as each version of a bundle has. */
    private static final class Own extends ClassLoader {
        Own() {
            super(JnaMemoryTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(JnaMemoryTest.class.getName())) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : defined(name);
            }
        }

        private Class<?> defined(String name) throws ClassNotFoundException {
            try (InputStream code = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = code.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    private static WeakReference<ClassLoader> usedAndForgotten() throws Exception {
        ClassLoader loader = new Own();
        Class<?> version = loader.loadClass(Version.class.getName());
        assertNotSame(Version.class, version);
        assertNotNull(((Supplier<?>) version.getConstructor().newInstance()).get());
        JnaMemory.forget(loader);
        return new WeakReference<>(loader);
    }

    @Test
    void itsClassesAreLetGo() throws Exception {
        WeakReference<ClassLoader> loader = usedAndForgotten();

        for (int i = 0; i < 100 && loader.get() != null; i++) {
            System.gc();
        }

        assertNull(loader.get());
    }
}
