// Jsse - a TLS server on Java's own implementation with everything it still has switched on
//
//   java Jsse.java HOST PORT PASSWORD KEYSTORE...
//
// Security properties are set before anything of TLS is loaded: an empty list would mean the built-in one, "NONE" is
// the name of nothing.

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.Security;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyStoreBuilderParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

public class Jsse {
    public static void main(String[] words) throws Exception {
        for (String name : new String[] {"jdk.tls.disabledAlgorithms", "jdk.tls.legacyAlgorithms",
                                         "jdk.certpath.disabledAlgorithms"}) {
            Security.setProperty(name, "NONE");
        }
        KeyStore.PasswordProtection password = new KeyStore.PasswordProtection(words[2].toCharArray());
        List<KeyStore.Builder> stores = new ArrayList<>();
        for (String path : Arrays.copyOfRange(words, 3, words.length)) {
            stores.add(KeyStore.Builder.newInstance("PKCS12", null, new File(path), password));
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("NewSunX509");
        keys.init(new KeyStoreBuilderParameters(stores));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);

        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(
            Integer.parseInt(words[1]), 500, InetAddress.getByName(words[0]));
        listener.setEnabledCipherSuites(listener.getSupportedCipherSuites());
        listener.setEnabledProtocols(listener.getSupportedProtocols());
        var pool = Executors.newCachedThreadPool();
        while (true) {
            SSLSocket connection = (SSLSocket) listener.accept();
            pool.execute(() -> serve(connection));
        }
    }

    private static void serve(SSLSocket connection) {
        try (connection) {
            connection.setSoTimeout(60000);
            InputStream stream = connection.getInputStream();
            byte[] buffer = new byte[16384];
            while (stream.read(buffer) >= 0) {
            }
        } catch (IOException e) {
            // clients that hang up are the rule here
        }
    }
}
