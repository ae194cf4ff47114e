namespace CalcQuant.Service.Hosting;

/// <summary>How many calls and uploads each client has open.</summary>
internal sealed class CallLimits(int maxCalls, int maxUploads)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (int Calls, int Uploads)> _open = new(StringComparer.Ordinal);

    /// <summary>Counts a call in.</summary>
    /// <returns>Null, or the limit that it would exceed, in words.</returns>
    public string? Enter(string client, bool isUpload)
    {
        lock (_lock)
        {
            (int calls, int uploads) = _open.GetValueOrDefault(client);
            if (calls >= maxCalls)
            {
                return $"{maxCalls} calls at once";
            }

            if (isUpload && uploads >= maxUploads)
            {
                return $"{maxUploads} uploads at once";
            }

            _open[client] = (calls + 1, isUpload ? uploads + 1 : uploads);
            return null;
        }
    }

    /// <summary>Counts a call out.</summary>
    public void Leave(string client, bool isUpload)
    {
        lock (_lock)
        {
            (int calls, int uploads) = _open[client];
            if (calls == 1)
            {
                _open.Remove(client);
            }
            else
            {
                _open[client] = (calls - 1, isUpload ? uploads - 1 : uploads);
            }
        }
    }
}
