namespace CalcQuant.Service.Storage;

/// <summary>The data folder cannot be used: in use elsewhere, made by a newer version, not writable. Ends the start of the service.</summary>
/// <param name="message">One sentence for the operator, without the path.</param>
/// <param name="cause">What failed below; may be null.</param>
internal sealed class DataFolderException(string message, Exception? cause = null) : Exception(message, cause);
