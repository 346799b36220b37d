import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The JDK's WebSocket has no reconnection of its own: java Socket.java URL COOKIE */
class Socket implements WebSocket.Listener {
  private static int cursor = 0;
  private final StringBuilder text = new StringBuilder();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();

  public static void main(String[] args) throws InterruptedException {
    var client = HttpClient.newHttpClient();
    for (int code = 0; code < 4000; Thread.sleep(1000)) {
      var listener = new Socket();
      var address = URI.create(args[0] + "?last_event_id=" + cursor);
      try {
        client.newWebSocketBuilder().header("Cookie", "sessionid=" + args[1]).buildAsync(address, listener).join();
        code = listener.closed.join();
      } catch (CompletionException error) {
        code = 1006;
      }
      System.out.println("{\"closed\": " + code + "}");
    }
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
    text.append(part);
    if (isLast) {
      cursor += 1;
      System.out.println("{\"message\": " + text + "}");
      text.setLength(0);
    }
    socket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    closed.complete(code);
    return null;
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    closed.completeExceptionally(error);
  }
}
